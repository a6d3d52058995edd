// What auditors do in the console from beginning to end: finding, showing people in the clear, taking
// files along, printing; and the states a page may be in. Each page is looked at as all are.
import { readFileSync } from "node:fs";
import { printed } from "./printed.mjs";

export async function flows(given, tab, open) {
  await byId(given, tab);
  await comparing(given, tab);
  await counting(tab);
  await searching(given, tab);
  await reporting(given, tab);
  await revealing(given, open);
  await elsewhere(given, open);
}

// An id that was pasted leads to its entry.
async function byId({ entry }, { host, page, look }) {
  await page.goto(`${host}/console/entries`);
  await page.locator("#audit_id").fill(` ${entry.toUpperCase()} `);
  await page.locator("main form button").click();
  await page.waitForURL(`**/console/entries/${entry}`);
  await look();
}

// A client's day.
async function comparing({ day }, { host, page, wrong, look }) {
  await page.goto(`${host}/console/reconciliation`);
  await page.locator("#client").fill("onestop");
  await page.locator("#day").fill(day);
  await page.locator("main form button").click();
  await page.locator("#result").waitFor();
  const digest = await page.locator("section .hash").innerText();
  if (!/^[0-9a-f]{64}$/.test(digest.trim())) wrong(`has the digest ${digest}`);
  await look();
}

// Numbers told apart as they were asked: signals where these can be told apart so.
async function counting({ host, page, wrong, look }) {
  const numbers = async (chosen) => {
    await page.goto(`${host}/console/statistics`);
    for (const box of await page.locator("[name=by]").all()) {
      await box.setChecked(chosen.includes(await box.getAttribute("value")));
    }
    await page.locator("main form button").click();
    await page.waitForURL(`**/console/statistics?*by=${chosen[0]}*`);
    await page.locator("table").waitFor();
    await look();
    return page.locator("thead th").count();
  };
  const fixed = 5;
  const apart = await numbers(["agency", "officer", "day"]);
  if (apart !== 3 + fixed + 1) wrong(`has ${apart} columns and not one of signals`);
  const procedures = await numbers(["procedure", "operation", "decision"]);
  if (procedures !== 3 + fixed) wrong(`has ${procedures} columns`);
}

// By officer and case, which are in no address; on to the next page; and all of it as files.
async function searching({ officer, case: number, entry }, { host, page, wrong, look }) {
  const first = page.locator("tbody a").first();
  await page.goto(`${host}/console/search`);
  await page.locator("#officer").fill(officer);
  await page.locator("#case").fill(number);
  await page.locator("main form button").first().click();
  await page.locator("tbody tr").first().waitFor();
  await look();
  const newest = await first.getAttribute("href");
  for (const [format, begins] of [["csv", '"audit_id"'], ["ndjson", '{"audit_id"']]) {
    const coming = page.waitForEvent("download");
    await page.locator(`button[value=${format}]`).click();
    const file = await coming;
    if (file.suggestedFilename() !== `entries.${format}`) wrong(`gives ${file.suggestedFilename()}`);
    const text = readFileSync(await file.path(), "utf8");
    if (!text.startsWith(begins) || !text.includes(entry)) wrong(`gives ${text.slice(0, 80)}`);
  }
  await page.locator("form:has([name=cursor]) button").click();
  await page.locator(`tbody a[href="/console/entries/${entry}"]`).waitFor();
  if ((await first.getAttribute("href")) === newest) wrong("stays on its page");
  await look();
}

// Who looked at a person: a page, then all of it, then on paper.
async function reporting({ person, looks }, { host, page, wrong, look }) {
  await page.goto(`${host}/console/report`);
  await page.locator("#person").fill(person);
  await page.locator("main form button").click();
  await page.locator("#results").waitFor();
  await look();
  await page.locator("form:has([name=at_once]) button").click();
  await page.locator(".total").waitFor();
  await look();
  const rows = await page.locator("tbody tr").count();
  if (rows !== looks) wrong(`shows ${rows} of ${looks} looks`);
  const sheets = printed(await page.pdf({ preferCSSPageSize: true }));
  for (const { width, height } of sheets) {
    if (Math.abs(width - 595) > 1.5 || Math.abs(height - 842) > 1.5) wrong(`prints on ${width} × ${height}`);
  }
  if (sheets.length < 2 || sheets.length > 2 + looks / 8) wrong(`prints ${sheets.length} sheets`);
  // The table begins on the first sheet, below what is said above it.
  const full = Math.max(...sheets.map(({ texts }) => texts));
  if (sheets[0].texts < full / 3) wrong(`prints ${sheets.map(({ texts }) => texts)} texts on its sheets`);
}

// Whoever may see people and says why: in a search, signals, one signal, one entry.
async function revealing(given, open) {
  const { host, context, page, wrong, look, enter } = await open(given.base);
  await enter(given.revealer);
  for (const [path, shown] of [
    ["/console/search", given.person],
    ["/console/signals", ""],
    ["/console/signals/1", given.person],
    [`/console/entries/${given.entry}`, given.person],
  ]) {
    await page.goto(host + path);
    const hidden = await page.locator("main").innerText();
    if (hidden.includes(given.person) || hidden.includes(given.officer)) wrong("shows people");
    const form = page.locator("form:has(#reveal)");
    await look();
    // Beside an entry the form is folded up.
    const folded = page.locator("details:has(#reveal) > summary");
    if (await folded.count()) await folded.click();
    // Without a reason nobody is shown.
    await form.locator("#reveal").check();
    await form.locator("button").first().click();
    await page.locator("#wrong").waitFor();
    await look();
    await form.locator("#reveal").setChecked(true);
    await form.locator("#reason").fill(given.reason);
    await form.locator("button").first().click();
    await page.locator(".notice.warm").waitFor();
    if (!(await page.locator("main").innerText()).includes(shown)) wrong(`does not show ${shown}`);
    await look();
  }
  await context.close();
}

// A service to which a proxy hands tokens on, whose log nobody seals and whose searches take too long.
async function elsewhere({ other }, open) {
  const headers = { [other.header]: other.token };
  const { host, context, page, wrong, look } = await open(other.base, { extraHTTPHeaders: headers });
  await page.goto(`${host}/console/entries/${other.entry}`);
  if (!(await page.locator("main [role=status]").isVisible())) wrong("does not say that it is not sealed");
  if (await page.locator("form[action='/console/sign-out']").count()) wrong("ends the proxy's session");
  await look();
  await page.goto(`${host}/console/log`);
  await look();
  const answer = await page.goto(`${host}/console/search`);
  if (answer.status() !== 503) wrong(`is ${answer.status()}`);
  await page.locator("main a[href='/console/search']").waitFor();
  await look();
  await context.close();
  const { context: nobody, page: without, wrong: amiss, look: see } = await open(other.base);
  await without.goto(`${other.base}/console`);
  if (await without.locator("textarea").count()) amiss("asks for a token");
  await see();
  await nobody.close();
}
