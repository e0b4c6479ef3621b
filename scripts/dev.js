// @ts-check
import "./support/setup.js";
import { compile, compiler } from "./support/build.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { runNode, stopAll } from "./support/processes.js";

await command(async () => {
  await installPackages({ dev: true });
  await compile();
  console.log("Serving with reload on change; Ctrl-C ends it.");
  await Promise.race([
    runNode([compiler, "--watch", "--preserveWatchOutput"]),
    runNode(["--watch", "--watch-preserve-output", "--enable-source-maps", "dist/src/server.js"]),
  ]);
  stopAll(1);
});
