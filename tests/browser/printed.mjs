// What a browser printed: the sheets of a PDF as Chromium writes it, with their size in points and how
// many texts are drawn on each. No more of PDF than that.
import { inflateSync } from "node:zlib";

export function printed(pdf) {
  const file = pdf.toString("latin1");
  const objects = new Map();
  for (const [, number, body] of file.matchAll(/(\d+) 0 obj\s([\s\S]*?)\sendobj/g)) {
    objects.set(number, body);
  }
  const sheets = [];
  for (const body of objects.values()) {
    if (!/\/Type\s*\/Page\b/.test(body)) continue;
    const box = body.match(/\/MediaBox\s*\[([^\]]*)\]/)[1].trim().split(/\s+/).map(Number);
    const content = objects.get(body.match(/\/Contents\s+(\d+) 0 R/)[1]);
    sheets.push({ width: box[2], height: box[3], texts: drawn(content) });
  }
  return sheets;
}

function drawn(object) {
  const length = Number(object.match(/\/Length\s+(\d+)/)[1]);
  const [begins] = object.match(/stream\r?\n/);
  const from = object.indexOf(begins) + begins.length;
  const bytes = Buffer.from(object.slice(from, from + length), "latin1");
  const text = (object.includes("/FlateDecode") ? inflateSync(bytes) : bytes).toString("latin1");
  return (text.match(/\bT[jJ]\b/g) ?? []).length;
}
