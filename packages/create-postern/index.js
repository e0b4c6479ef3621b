#!/usr/bin/env node
// @ts-check
// `npm create postern my-app` clones Postern and makes the clone a site of its own.
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createSite } from "./create-site.js";
import { HELP, Misuse, understand } from "./options.js";

try {
  const wanted = understand(process.argv.slice(2));
  if (wanted.help) console.log(HELP);
  else {
    const folder = resolve(wanted.folder);
    if (existsSync(folder)) throw new Misuse(`${wanted.folder} exists. Choose another name.`);
    if (!existsSync(dirname(folder))) throw new Misuse(`The folder ${dirname(wanted.folder)} does not exist.`);
    const { release } = createSite({ ...wanted, folder });
    console.log(`Created ${basename(folder)} from ${release}.

Next:
  cd ${relative(process.cwd(), folder)}
  npm start          # installs, builds and serves http://localhost:3000
  npm run check      # types, linters and your tests
${join("docs", "adopting.md")} says where your code goes, and how to merge later releases.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
