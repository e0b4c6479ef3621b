// @ts-check
// Takes the pictures in docs/screenshots again, from its own app with some content.
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
