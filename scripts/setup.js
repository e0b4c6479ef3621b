// @ts-check
// `npm run setup` installs what the tests need in addition to npm packages (curl, oathtool, zbarimg and a browser), and the git hooks.
// Outside CI, no other command changes anything outside this folder.
import "./support/setup.js";
import { ensureBrowser } from "./support/browser.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { run } from "./support/processes.js";
import { ensurePrograms, listMissingServers } from "./support/system-packages.js";

await command(async () => {
  await installPackages({ dev: true });
  await ensurePrograms({ mayInstall: true });
  const browser = await ensureBrowser({ mayInstall: true });
  if (!(await run("npm", ["run", "--silent", "hooks"], { quiet: true }))) {
    throw new Error("The git hooks could not be installed; the reason is above.");
  }
  const servers = listMissingServers();
  if (servers.length > 0)
    console.log(
      `The tests of deploy are skipped without these packages, which start servers on this machine: ${servers.join(", ")}`,
    );
  console.log(`Ready. Browser: ${browser || "Playwright's own"}. Git hooks are installed (lefthook.yml).`);
});
