// @ts-check
import { runNpm } from "../support/packages.js";
import { runNode } from "../support/processes.js";

const BUILD = "npm run build -- --all";

/**
 * Installs, builds, migrates and checks the merged version. Each step is a new process, because this one still has the
 * code of the old version.
 * @param {{ before: string, hasChecks: boolean, say: (line: string) => void }} options `before` is the commit before the
 *   merge
 * @throws if a step fails; the merge is committed, and the message says how to go on or back
 */
export async function finish({ before, hasChecks, say }) {
  /** @type {[string, string, () => Promise<boolean>][]} */
  const steps = [
    ["Installing, building and checking types", BUILD, () => runNode(["scripts/build.js", "--all"], { quiet: true })],
    ["Migrating", "npm run migrate", () => runNode(["scripts/run.js", "migrate"], { quiet: true })],
  ];
  if (hasChecks) steps.push(["Checking style and imports", "npm run lint", () => runNpm(["run", "--silent", "lint"])]);
  for (const [what, command, run] of steps) {
    say(`${what}…`);
    if (await run()) continue;
    throw new Error(`The release is merged, but "${command}" failed: see above.
To go on: fix it and commit, then run it and the following steps again: ${BUILD}, npm run migrate, npm run check
To go back: git reset --hard ${before.slice(0, 12)}`);
  }
}
