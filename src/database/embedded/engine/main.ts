// The process of the engine. It opens a data directory and serves it on a Unix socket, until the process that started it
// and all that joined it have ended. Usage: node main.js <directory> <socket> <addon>. It prints one line of JSON, an
// `Opening`, and reads stdin only to notice its end. Example of two instances of the app on one data directory:
//
//   A starts the engine, and holds the other end of its stdin. B joins: it opens a connection and sends nothing.
//   A ends. The engine prints "stays", because B's connection is open.
//   B is killed, which closes its connection. The engine ends.
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { readAll } from "./check.js";
import { runOn } from "./command.js";
import { createCursorReaper } from "./cursors.js";
import { type Engine, openEngine } from "./native.js";
import { type Opening, STAYS } from "./opening.js";
import { serveConnection } from "./serve.js";
import { deleteExpiredDocuments } from "./ttl.js";

const SWEEP_EVERY_MS = 60_000;
/**
 * Time limit of closing, in milliseconds. The process can always exit safely, because every acknowledged write is in
 * the journal; closing only saves the recovery.
 */
const CLOSE_WITHIN_MS = 10_000;

const [directory = "", socketPath = "", addon = ""] = process.argv.slice(2);
const cursors = createCursorReaper();
const connections = new Set<Socket>();
/** The connections that have sent nothing: those of processes that joined. Drivers say hello at once. */
const joined = new Set<Socket>();
let endIfUnused: () => void = () => undefined;

// When the parent process has ended, nothing reads this output.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

try {
  const engine = await openEngine(addon, directory);
  await readAll(runOn(engine));
  const server = await listen(engine);
  endWithLastUser(engine, server);
  housekeep(engine);
  tell({ state: "ready", pid: process.pid });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const opening: Opening = message.includes("DBPathInUse") ? { state: "locked" } : { state: "failed", message };
  tell(opening, () => process.exit(1));
}

function tell(opening: Opening, then?: () => void): void {
  process.stdout.write(`${JSON.stringify(opening)}\n`, then);
}

/**
 * Listens on a socket for this system user only. The process with the directory's lock owns the socket, so an existing
 * file is from an engine that has ended.
 */
function listen(engine: Engine): Promise<Server> {
  rmSync(socketPath, { force: true });
  const server = createServer((socket) => {
    connections.add(socket);
    joined.add(socket);
    const leave = () => {
      if (joined.delete(socket)) endIfUnused();
    };
    socket.once("data", leave).once("close", leave);
    socket.on("close", () => connections.delete(socket));
    serveConnection(socket, engine, cursors);
  });
  const umask = process.umask(0o177);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      process.umask(umask);
      resolve(server);
    });
  });
}

/** Only the starter holds the other end of stdin. The end of stdin therefore means that the starter has ended. */
function endWithLastUser(engine: Engine, server: Server): void {
  let ending = false;
  let isStarterGone = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref();
    server.close(); // deletes the socket file before the next engine creates its own
    for (const connection of connections) connection.destroy();
    await engine.close();
    process.exit();
  };
  endIfUnused = () => void (isStarterGone && joined.size === 0 && end());
  const starterGone = () => {
    isStarterGone = true;
    if (joined.size > 0) process.stdout.write(`${STAYS}\n`);
    endIfUnused();
  };
  process.stdin.once("end", starterGone).once("error", starterGone).resume();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, end);
}

function housekeep(engine: Engine): void {
  const run = runOn(engine);
  let busy = false;
  setInterval(async () => {
    if (busy) return;
    busy = true;
    await deleteExpiredDocuments(run).catch((error: Error) => process.stderr.write(`expiry: ${error.message}\n`));
    await cursors.reap(run);
    busy = false;
  }, SWEEP_EVERY_MS).unref();
}
