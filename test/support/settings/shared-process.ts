import type { EventEmitter } from "node:events";
import { after, describe, mock } from "node:test";
import { sharing } from "../environment.js";

const deadline: EventEmitter = process;

type Base = { prepare?(): Promise<void>; empty(): Promise<void>; close(): Promise<void> };
const bases = {
  app: (): Promise<Base> => import("../app.js"),
  database: (): Promise<Base> => import("../database/open.js"),
};

/**
 * Runs test files one after another in this process. Each gets an app with an empty database, or only the database, the
 * environment of the first, and no mock of another.
 * @param files compiled test files, relative to dist
 * @param options.base what they use
 * @public for the entry files that scripts/support/test-batches.js writes
 */
export async function runFiles(files: string[], { base }: { base: keyof typeof bases | null }): Promise<void> {
  sharing.isShared = true;
  const used = base && (await bases[base]());
  const environment = { ...process.env };
  for (const file of files) {
    deadline.emit("test file", file);
    await runFile(file, used?.prepare);
    mock.reset();
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    await used?.empty();
  }
  await used?.close();
}

/**
 * Runs the tests of a file in a suite, so that its hooks apply to no other file. The suite has a second one around it,
 * whose hook runs even if a hook of the file fails.
 */
function runFile(file: string, prepare = async () => {}): Promise<void> {
  return new Promise((finished) => {
    describe(file, () => {
      describe("tests", async () => {
        await import(`../../../${file}`);
        await prepare();
      });
      after(() => finished());
    });
  });
}
