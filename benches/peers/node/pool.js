// The connections of one worker.
import pg from "pg";

/** Connections of a worker unless `PEER_POOL` says otherwise: README.md says why so many. */
const CONNECTIONS = process.env.PEER_AUDIT === "1" ? 16 : 8;

/** Opens all of them, so that nobody who asks waits for that. */
export async function openPool() {
  const size = Number(process.env.PEER_POOL ?? CONNECTIONS);
  const pool = new pg.Pool({ max: size, idleTimeoutMillis: 0 });
  const clients = await Promise.all(Array.from({ length: size }, () => pool.connect()));
  for (const client of clients) client.release();
  return pool;
}
