// @ts-check
// `npm run new page about` writes the files of a page, and adds its lines to the tables that every page needs. The
// other kinds work the same way. Everything is computed before the first file is written, so an error changes nothing.
import "./support/setup.js";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { planApiCall } from "./new/api-call.js";
import { applyEdits } from "./new/edits.js";
import { planForm } from "./new/form.js";
import { planMail } from "./new/mail.js";
import { planModel } from "./new/model.js";
import { assertFree, assertName } from "./new/names.js";
import { planPage } from "./new/page.js";
import { filesIn } from "./support/build.js";
import { command } from "./support/command.js";
import { installPackages } from "./support/packages.js";
import { runNode } from "./support/processes.js";
import { isSite } from "./support/site-tests.js";

/**
 * The plan for a new name: the names that its modules export, the new files with their texts, edits of existing files,
 * and the next steps for the user.
 * @typedef {{ exports: string[], files: Record<string, string>, edits: import("./new/edits.js").Edit[], next: string[]
 * }} Plan
 */

/** @type {Record<string, { about: string, example: string, hasAccountPages?: boolean, plan: (name: string, isSite: boolean) => Plan | Promise<Plan> }>} */
const kinds = {
  page: { about: "a page for everyone", example: "about", hasAccountPages: true, plan: planPage },
  form: { about: "a page with a form, for users", example: "feedback", hasAccountPages: true, plan: planForm },
  mail: { about: "an email to a user", example: "welcome", plan: planMail },
  "api-call": { about: "a call of the JSON API", example: "statistics", plan: planApiCall },
  model: { about: "a collection of documents that belong to users", example: "note", plan: planModel },
};

const usage = [
  "Writes the first version of something new, with its test and its lines in every table.",
  "",
  "Usage: npm run new KIND NAME",
  ...Object.entries(kinds).map(
    ([kind, { about, example }]) => `  npm run new ${`${kind} ${example}`.padEnd(22)}${about}`,
  ),
  "  npm run new page account/hobbies  a page of the user's account; also for a form",
  "",
  "NAME is lowercase words with single hyphens. Nothing is overwritten. In a site (docs/adopting.md), pages, forms, emails and",
  "API calls are written into its own files.",
].join("\n");

await command(async () => {
  const [kind = "", name = "", ...more] = process.argv.slice(2);
  if (["", "help", "--help", "-h"].includes(kind)) return console.log(usage);
  const wanted = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!wanted) throw new Error(`There is no kind "${kind}". Use one of: ${Object.keys(kinds).join(", ")}.`);
  if (name === "" || more.length > 0)
    throw new Error(`Give one name, for example: npm run new ${kind} ${wanted.example}`);
  assertName(wanted.hasAccountPages ? name.replace(/^account\//, "") : name);
  await installPackages({ dev: true });
  const plan = await wanted.plan(name, isSite(filesIn("test", ".test.ts")));
  assertFree(plan, filesIn("src", ".ts"));
  const changed = applyEdits(plan.edits, (file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
  await write({ ...plan.files, ...changed });
  console.log(report(plan, Object.keys(changed), name.replace("account/", "")));
});

/** Writes all files. The formatter also sorts their imports. @param {Record<string, string>} files */
async function write(files) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const code = Object.keys(files).filter((file) => file.endsWith(".ts"));
  if (!(await runNode(["node_modules/@biomejs/biome/bin/biome", "check", "--write", ...code], { quiet: true })))
    throw new Error("The files are written, but the formatter refuses them: see above.");
}

/**
 * @param {Plan} plan @param {string[]} changed @param {string} word from the name, for the command that runs the test
 */
function report({ files, next }, changed, word) {
  return [
    ...Object.keys(files).map((file) => `new      ${file}`),
    ...changed.map((file) => `changed  ${file}`),
    "",
    "Next:",
    ...next.map((step) => `- ${step}`),
    `- Run its test: npm test -- ${word}`,
  ].join("\n");
}
