// The lookup with Fastify and node-postgres.
import Fastify from "fastify";
import { openPool } from "../node/pool.js";
import { caller } from "../node/tokens.js";
import { inWorkers } from "../node/workers.js";

const FIND = `
  SELECT full_name, sex, permanent_residence_province_code AS province_code,
    permanent_residence_district_code AS district_code, permanent_residence_commune_code AS commune_code
  FROM register.citizen WHERE personal_id = $1`;
// One statement is one transaction, and is answered when it is committed.
const FIND_AND_LOG = `
  WITH found AS (${FIND}), logged AS (
    INSERT INTO peers.audit (personal_id, client_id, token_id, fields, found)
    VALUES ($1, $2, $3, '{full_name,sex,permanent_residence}', EXISTS (SELECT FROM found))
  )
  SELECT * FROM found`;

const text = { type: ["string", "null"] };
const schema = {
  body: {
    type: "object",
    properties: { personal_id: { type: "string", pattern: "^[0-9]{12}$" } },
    required: ["personal_id"],
    additionalProperties: false,
  },
  response: {
    200: {
      type: "object",
      properties: {
        full_name: { type: "string" },
        sex: text,
        permanent_residence: {
          type: "object",
          properties: { province_code: text, district_code: text, commune_code: text },
        },
      },
    },
  },
};

await inWorkers(async (port) => {
  const pool = await openPool();
  const lookup =
    process.env.PEER_AUDIT === "1"
      ? (id, { client_id, jti }) =>
          pool.query({ name: "find_and_log", text: FIND_AND_LOG, values: [id, client_id, jti] })
      : (id) => pool.query({ name: "find", text: FIND, values: [id] });

  const app = Fastify({ logger: false, keepAliveTimeout: 75_000 });
  app.decorateRequest("caller", null);
  app.addHook("onRequest", async (request) => {
    request.caller = await caller(request.headers.authorization);
  });
  app.post("/lookup", { schema }, async (request, reply) => {
    const { rows } = await lookup(request.body.personal_id, request.caller);
    if (rows.length === 0) return reply.code(404).send({ message: "nobody has that number" });
    const { full_name, sex, ...permanent_residence } = rows[0];
    return { full_name, sex, permanent_residence };
  });
  await app.listen({ host: "127.0.0.1", port });
});
