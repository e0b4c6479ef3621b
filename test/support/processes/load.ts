import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What happened to the requests of a load. Requests without an answer below 500 are lost. */
export type Outcome = { sent: number; lost: string[] };

const EVERY_MS = 20;
const SLOW_CLIENTS = 4;
const SLOW_STEPS = 10;
const SLOW_STEP_MS = 200;
const paths = ["/healthz", "/login"];

/**
 * Sends 50 requests a second on kept connections, and forms from clients that take two seconds to send one, until
 * aborted. Like a strict client, it repeats nothing.
 */
export async function sendLoad(port: number, host: string, signal: AbortSignal): Promise<Outcome> {
  const outcome: Outcome = { sent: 0, lost: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const underWay = new Set<Promise<void>>();
  const send = (path: string, method: string, write?: (step: () => boolean) => Promise<void>) => {
    outcome.sent += 1;
    const answered = new Promise<void>((resolve) => {
      const asked = request({ host: "127.0.0.1", port, path, method, agent, headers: { host } });
      const lose = (why: string) => {
        outcome.lost.push(`${method} ${path}: ${why}`);
        resolve();
      };
      asked.on("error", (error) => lose(`${(error as NodeJS.ErrnoException).code} ${error.message}`));
      asked.on("response", (answer) => {
        answer
          .on("error", (error) => lose(error.message))
          .on("end", resolve)
          .resume();
        if (Number(answer.statusCode) >= 500) outcome.lost.push(`${method} ${path}: ${answer.statusCode}`);
      });
      if (!write) return void asked.end();
      asked.setHeader("Content-Type", "application/x-www-form-urlencoded");
      asked.setHeader("Content-Length", SLOW_STEPS);
      void write(() => asked.write("x")).then(() => asked.end());
    });
    underWay.add(answered);
    void answered.then(() => underWay.delete(answered));
    return answered;
  };
  const slow = Array.from({ length: SLOW_CLIENTS }, async () => {
    while (!signal.aborted)
      await send("/login", "POST", async (step) => {
        for (let n = 0; n < SLOW_STEPS; n += 1) {
          step();
          await sleep(SLOW_STEP_MS);
        }
      });
  });
  for (let n = 0; !signal.aborted; n += 1) {
    void send(paths[n % paths.length] ?? "/", "GET");
    await sleep(EVERY_MS);
  }
  await Promise.all([...slow, ...underWay]);
  agent.destroy();
  return outcome;
}
