// @ts-check
// Runs a script of this project: `node scripts/run.js seed --posts 50` runs scripts/seed.ts with the other arguments.
import "./support/setup.js";
import { existsSync } from "node:fs";
import { prepare, prepareAll } from "./support/build.js";
import { command } from "./support/command.js";

const [name = ""] = process.argv.splice(2, 1);
const isOfApp = ["audit", "backup", "doctor", "migrate", "restore", "seed", "user"].includes(name);

await command(async () => {
  if (!existsSync(`scripts/${name}.ts`)) throw new Error(`There is no scripts/${name}.ts to run.`);
  await (isOfApp ? prepare() : prepareAll());
});
process.setSourceMapsEnabled(true);
await import(String(new URL(`../dist/scripts/${name}.js`, import.meta.url)));
