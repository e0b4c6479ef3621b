import { lstatSync, mkdtempSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
/** An engine whose process was killed writes for a moment until it has ended. */
const deleteAll = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

/**
 * Runs an action with an empty embedded database in a temporary folder, which is deleted afterwards. If a signal ends this
 * process, it is deleted too, because the content of an encrypted backup is in it without encryption.
 */
export async function withScratchDatabase<Result>(act: () => Promise<Result>): Promise<Result> {
  await deleteLeftovers();
  let dataDir: string | undefined;
  let opening: ReturnType<typeof openDatabase> | undefined;
  const remove = async () => {
    await opening?.then(({ close }) => close()).catch(() => undefined);
    if (dataDir) await deleteAll(dataDir);
  };
  let removing: Promise<void> | undefined;
  const end = (signal: (typeof SIGNALS)[number]) => {
    removing ??= remove();
    void removing.finally(() => process.exit(128 + constants.signals[signal]));
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    dataDir = mkdtempSync(join(tmpdir(), `postern-verify-${process.pid}-`));
    opening = openDatabase({ uri: undefined, dataDir, log, isForRestore: true });
    await opening;
    return await act();
  } finally {
    removing ??= remove();
    await removing; // after a signal, the process ends here
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

/** Deletes the folders of this system user's processes that were killed. */
async function deleteLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^postern-verify-(\d+)-\w+$/.exec(name)?.[1]);
    const folder = join(tmpdir(), name);
    if (pid && !isRunning(pid) && isOwn(folder)) await deleteAll(folder);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

const isOwn = (folder: string) => lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.();
