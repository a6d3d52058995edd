// Asks a demonstration what a counter asks: a verification, a lookup, a form, a batch, a refusal.
//
// The token comes from the environment (DANCU_TOKEN), the service's address too (DANCU_URL). The
// person is made up, as all of the demonstration's are.
import createClient from "openapi-fetch";
import type { components, paths } from "./dancu.js";

type Schemas = components["schemas"];

const token = process.env["DANCU_TOKEN"];
if (!token) throw new Error("DANCU_TOKEN is not set");
const dancu = createClient<paths>({
  baseUrl: process.env["DANCU_URL"] ?? "http://127.0.0.1:8080",
  headers: { Authorization: `Bearer ${token}` },
});

// Under which procedure, by which officer and for which case: it is in the log with every answer.
const context: Schemas["Context"] = {
  procedure_code: "1.004194",
  officer_id: "079085001234",
  case_id: "H29.12-261121-0007",
};
const subject: Schemas["SubjectBody"] = { personal_id: "087190147636" };
const claims: Schemas["ClaimsBody"] = { full_name: "Trần Hương Trà", birth_date: "1990-11-07" };

/** Anything but an answer. Branch on `problem.code`, never on its texts. */
class Refused extends Error {
  constructor(readonly problem: Schemas["Problem"]) {
    super(`${problem.code}: ${problem.action}`);
  }
}

/** The answer, or the problem thrown. */
async function answered<Answer>(
  asked: Promise<{ data?: Answer; error?: Schemas["Problem"] }>,
): Promise<Answer> {
  const { data, error } = await asked;
  if (data === undefined) {
    throw error ? new Refused(error) : new Error("an answer that openapi.json does not describe");
  }
  return data;
}

function verify(birth_date: string): Promise<Schemas["VerifyAnswer"]> {
  const body = { context, subject, claims: { ...claims, birth_date } };
  return answered(dancu.POST("/v1/verify", { body }));
}

/** The fields, and those that may not be read: these are left out, and the rest is asked again. */
async function read(
  fields: Schemas["FieldPath"][],
): Promise<{ citizen: Schemas["Citizen"]; leftOut: string[] }> {
  const lookup = (fields: Schemas["FieldPath"][]): Promise<Schemas["LookupAnswer"]> =>
    answered(dancu.POST("/v1/lookup", { body: { context, subject, claims, fields } }));
  const leftOut: string[] = [];
  let answer: Schemas["LookupAnswer"];
  try {
    answer = await lookup(fields);
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.code !== "field_not_permitted") throw error;
    leftOut.push(...(error.problem.errors ?? []).map((fault) => String(fault.field)));
    answer = await lookup(fields.filter((field) => !leftOut.includes(field)));
  }
  if (!answer.citizen) {
    throw new Error("no such person, or a claim is wrong: it cannot be told which");
  }
  return { citizen: answer.citizen, leftOut };
}

function form(): Promise<Schemas["PrefillAnswer"]> {
  return answered(dancu.POST("/v1/prefill", { body: { context, subject, claims } }));
}

function several(): Promise<Schemas["VerifyBatchAnswer"]> {
  const items = [
    { ref: "right", subject, claims },
    { ref: "nobody", subject: { personal_id: "001095999999" }, claims },
    { ref: "mistyped", subject: { personal_id: "0871901476" }, claims },
  ];
  return answered(dancu.POST("/v1/verify/batch", { body: { context, items } }));
}

async function main(): Promise<void> {
  for (const birthDate of ["1990-11-07", "1900-01-01"]) {
    const answer = await verify(birthDate);
    const how = answer.name_match ? `, name ${answer.name_match}` : "";
    console.log(`verify ${birthDate}: ${answer.result}${how}`);
  }

  const { citizen, leftOut } = await read(["full_name", "sex", "mobile_number"]);
  console.log(
    `lookup: ${citizen.full_name}, ${citizen.sex}; may not be read: ${leftOut.join(", ")}`,
  );

  const filled = await form();
  console.log(`prefill ${filled.form_code}: ngay_sinh = ${filled.values?.["ngay_sinh"]}`);
  for (const box of filled.missing ?? []) console.log(`  ${box.box} is empty: ${box.reason}`);

  for (const item of (await several()).results) {
    if ("problem" in item) {
      const faults = (item.problem.errors ?? []).map((fault) => fault.code).join(", ");
      console.log(`batch ${item.ref}: ${item.problem.code} (${faults})`);
    } else {
      console.log(`batch ${item.ref}: ${item.result}`);
    }
  }
}

try {
  await main();
} catch (error) {
  // What a person at the counter is shown must never be "not found": nothing was said of anybody.
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
