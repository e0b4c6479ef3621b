import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Embedded, type Log, startEmbedded } from "../../../src/database/embedded/index.js";

/** A logger that writes nothing. */
export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The directory where all tests share one copy of the engine for an older glibc. */
export const copies = fileURLToPath(new URL("../../../../node_modules/.cache/postern-engine", import.meta.url));

/**
 * Creates a directory that is deleted when the process ends. It does not use `after`, which would run at once inside
 * `before`.
 */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "postern-test-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Starts an engine on an empty directory. It does not keep the process running; both are removed when that ends. */
export async function temporaryEngine(log: Log = silent): Promise<Embedded> {
  let engine: Embedded | undefined;
  process.once("exit", () => engine?.pid && process.kill(engine.pid, "SIGKILL"));
  engine = await startEmbedded({ dataDir: temporaryDirectory(), log, copies });
  return engine;
}
