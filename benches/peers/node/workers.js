// One process a core behind one address. The address is printed once all of them answer; all of them end
// when the first is told to, when its input ends, or when one of them ends by itself.
import cluster from "node:cluster";
import { availableParallelism } from "node:os";

/** Has `start(port)`, which listens, run in as many processes as `PEER_WORKERS` says. */
export async function inWorkers(start) {
  if (cluster.isWorker) return await start(Number(process.env.PEER_PORT ?? 0));

  const workers = Number(process.env.PEER_WORKERS ?? availableParallelism());
  let listening = 0;
  cluster.on("listening", (_, { address, port }) => {
    listening += 1;
    if (listening === workers) console.log(`${address}:${port}`);
  });
  let ending = false;
  const end = () => {
    ending = true;
    for (const worker of Object.values(cluster.workers)) worker.process.kill();
    process.stdin.destroy();
  };
  cluster.on("exit", () => {
    if (ending) return;
    console.error("a worker has ended");
    process.exitCode = 1;
    end();
  });
  process.on("SIGTERM", end).on("SIGINT", end);
  process.stdin.on("end", end).resume();
  for (let worker = 0; worker < workers; worker += 1) cluster.fork();
}
