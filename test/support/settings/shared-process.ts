import type { EventEmitter } from "node:events";
import { after, describe, mock } from "node:test";
import { sharing } from "../environment.js";

const deadline: EventEmitter = process;

/**
 * Runs test files one after another in this process. Each gets an app with an empty database, the environment of the
 * first, and no mock of another.
 * @param files compiled test files, relative to dist
 * @param options.withApp whether they use the app
 * @public for the entry files that scripts/support/test-batches.js writes
 */
export async function runFiles(files: string[], { withApp }: { withApp: boolean }): Promise<void> {
  sharing.isShared = true;
  const app = withApp ? await import("../app.js") : null;
  const environment = { ...process.env };
  for (const file of files) {
    deadline.emit("test file", file);
    await runFile(file);
    mock.reset();
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    await app?.empty();
  }
  await app?.close();
}

/**
 * Runs the tests of a file in a suite, so that its hooks apply to no other file. The suite has a second one around it,
 * whose hook runs even if a hook of the file fails.
 */
function runFile(file: string): Promise<void> {
  return new Promise((finished) => {
    describe(file, () => {
      describe("tests", async () => void (await import(`../../../${file}`)));
      after(() => finished());
    });
  });
}
