import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { killAtExit } from "./kill-at-exit.js";

const built = fileURLToPath(new URL("../../../src/server.js", import.meta.url));

/** Finds a free port on the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/**
 * Starts the real server with exactly this environment. `ready` resolves to true if it has started; `output` returns
 * everything that it printed.
 * @param options.by a command that starts the server, such as one that drops privileges of root
 * @param options.program the server to start, if not the one of this build
 * @param options.words its arguments
 */
export function startServer(
  environment: Record<string, string>,
  { by = [], program = built, words: args = [] }: { by?: string[]; program?: string; words?: string[] } = {},
) {
  const [command = "", ...words] = [...by, process.execPath, program, ...args];
  const child = spawn(command, words, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = once(child, "close").then(([code]) => code as number | null);
  const ready = new Promise<boolean>((resolve) => {
    const listen = (chunk: Buffer) => {
      output += chunk;
      if (output.includes("is ready at")) resolve(true);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    ended.then(() => resolve(false));
  });
  killAtExit(child);
  return { ready, ended, pid: child.pid as number, stop: () => child.kill("SIGTERM"), output: () => output };
}
