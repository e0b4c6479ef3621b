// @ts-check
// `npm run setup`: what working on Postern needs besides npm's packages: curl and a browser for the tests, and the checks
// before each commit. Nothing else changes the system outside this folder.
import "./support/setup.js";
import { ensureBrowser } from "./support/browser.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { runNode } from "./support/processes.js";
import { ensureCurl } from "./support/system-packages.js";

await command(async () => {
  await installPackages({ dev: true });
  await ensureCurl({ mayInstall: true });
  const browser = await ensureBrowser({ mayInstall: true });
  if (!(await runNode(["node_modules/lefthook/bin/index.js", "install"], { quiet: true }))) {
    throw new Error("The checks before a commit could not be switched on; the reason is above.");
  }
  console.log(`Ready. Browser: ${browser || "Playwright's own"}. The checks before a commit are on (lefthook.yml).`);
});
