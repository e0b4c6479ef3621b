import { spawnSync } from "node:child_process";

/** Says why a test is skipped: outside CI, the program may be missing. `npm run setup` installs it. */
export const unlessInstalled = (program: string): string | false =>
  spawnSync(program, ["--version"]).error && !process.env.CI ? `${program} is not installed` : false;
