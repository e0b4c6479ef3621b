import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Embedded, type Log, startEmbedded } from "../../../src/database/embedded/index.js";

/** A logger that says nothing. */
export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Where the tests share one copy of the engine for an older glibc, instead of making one per directory. */
export const copies = fileURLToPath(new URL("../../../../node_modules/.cache/postern-engine", import.meta.url));

/** A directory that goes when the process ends. Not by `after`, which inside a `before` would act at once. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "postern-test-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** An engine on an empty directory, both gone when the process ends; it keeps no process from ending. */
export async function temporaryEngine(log: Log = silent): Promise<Embedded> {
  let engine: Embedded | undefined;
  process.once("exit", () => engine?.pid && process.kill(engine.pid, "SIGKILL"));
  engine = await startEmbedded({ dataDir: temporaryDirectory(), log, copies });
  return engine;
}
