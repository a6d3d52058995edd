// The lookup with PostGraphile: the register's table as it is, or a mutation that leaves a row in the log.
import { createServer } from "node:http";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { openPool } from "../node/pool.js";
import { caller } from "../node/tokens.js";
import { inWorkers } from "../node/workers.js";

const audited = process.env.PEER_AUDIT === "1";

await inWorkers(async (port) => {
  const preset = {
    extends: [PostGraphileAmberPreset],
    // Nobody may list people, or write into the log past the function.
    disablePlugins: ["PgAllRowsPlugin", "PgMutationCreatePlugin", "PgMutationUpdateDeletePlugin"],
    pgServices: [
      makePgService({ pool: await openPool(), schemas: [audited ? "peers" : "register"] }),
    ],
    grafserv: { graphiql: false, websockets: false, watch: false, outputDataAsString: true },
    grafast: {
      explain: false,
      async context({ node }) {
        const { client_id, jti } = await caller(node.req.headers.authorization);
        // Settings are set in a transaction, which only the function needs.
        if (!audited) return {};
        return { pgSettings: { "jwt.claims.client_id": client_id, "jwt.claims.jti": jti } };
      },
    },
  };
  const server = createServer({ keepAliveTimeout: 75_000 });
  await postgraphile(preset).createServ(grafserv).addTo(server);
  server.listen(port, "127.0.0.1");
});
