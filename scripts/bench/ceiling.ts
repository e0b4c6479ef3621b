import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import bcrypt from "bcrypt";

/** Measures bare bcrypt comparisons per second on this machine, with as many threads as the application uses. */
export async function comparisonsPerSecond(amount: number, cost: number): Promise<number> {
  const left = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  left[0] = amount;
  const workerData = { hash: bcrypt.hashSync("anything", cost), left };
  const url = new URL("./ceiling-worker.js", import.meta.url);
  const workers = Array.from({ length: availableParallelism() }, () => new Worker(url, { workerData }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const began = performance.now();
  const done = workers.map((worker) => once(worker, "message"));
  for (const worker of workers) worker.postMessage("go");
  await Promise.all(done);
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return amount / seconds;
}
