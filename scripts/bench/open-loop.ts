import { Agent, get } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Request } from "autocannon";
import { percentile } from "./figures.js";

type Settings = { origin: string; requests: Request[]; perSecond: number; seconds: number };

/**
 * Requests pages at a fixed rate, also while earlier requests wait for their responses, as visitors do. Each time counts from
 * the moment when the request was due, so that a server that stops for a second delays all requests of that second. With
 * a fixed number of connections, as in `load`, a slow server would be asked less often, and look faster than it is.
 * @returns the 99th percentile in milliseconds
 * @throws Error if a response is not 200
 */
export async function readAtRate({ origin, requests, perSecond, seconds }: Settings): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const answers: Promise<number>[] = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = began + (n * 1_000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    answers.push(read(origin, requests[n % requests.length] as Request, agent).then(() => performance.now() - due));
  }
  const times = await Promise.all(answers);
  agent.destroy();
  return percentile(times, 0.99);
}

function read(origin: string, { path = "/", headers }: Request, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(origin + path, { agent, headers: headers as Record<string, string> }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${path} answers ${answer.statusCode}`));
      answer.resume().once("end", resolve).once("error", reject);
    });
    asked.once("error", reject);
  });
}
