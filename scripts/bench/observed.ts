import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Costs } from "./costs.js";
import { type Running, start } from "./processes.js";

const APP = fileURLToPath(new URL("observed-app.js", import.meta.url));

/** What an observed application can be asked, and the answers. */
export type Answers = {
  /** Begins to count. */
  begin: true;
  /** What a request cost, on average of all since the last question. */
  costs: Costs;
  /** Memory in bytes, after a garbage collection. */
  memory: NodeJS.MemoryUsage;
};

export type Observed = Running & {
  ask<Question extends keyof Answers>(question: Question): Promise<Answers[Question]>;
};

/**
 * Starts the application in a process that also counts what requests cost. It is slower than usual.
 * @param env as for `startApp`; `MONGODB_URI` must have a query
 */
export async function startObserved(env: Record<string, string>, logFile: string): Promise<Observed> {
  let child: ChildProcess | undefined;
  let ready: Promise<unknown> | undefined;
  const uri = `${env.MONGODB_URI}&monitorCommands=true`;
  const app = await start({ ...env, MONGODB_URI: uri }, logFile, (options) => {
    child = spawn(process.execPath, [APP], { ...options, stdio: [...options.stdio, "ipc"] });
    ready = once(child, "message");
    return child;
  });
  await ready;
  const ask: Observed["ask"] = async (question) => {
    const answered = once(child as ChildProcess, "message");
    child?.send(question);
    const [answer] = await answered;
    return answer;
  };
  return { ...app, ask };
}
