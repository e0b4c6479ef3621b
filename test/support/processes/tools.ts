import { spawnSync } from "node:child_process";

/** The option `skip` of a test that runs this program. Outside CI it may be missing (scripts/support/system-packages.js). */
export const unlessInstalled = (program: string): string | false =>
  spawnSync(program, ["--version"]).error && !process.env.CI ? `${program} is not installed` : false;
