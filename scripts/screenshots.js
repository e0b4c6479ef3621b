// @ts-check
// Takes all pictures in docs/screenshots again. Starts an app with sample content for this.
import "./support/setup.js";
import { ensureBrowser } from "./support/browser.js";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { runNode } from "./support/processes.js";

await command(async () => {
  await installPackages({ dev: true });
  await prepare();
  const env = { CHROME: await ensureBrowser({ mayInstall: Boolean(process.env.CI) }), SCREENSHOTS: "1" };
  if (!(await runNode(["node_modules/playwright/cli.js", "test"], { env }))) process.exitCode = 1;
});
