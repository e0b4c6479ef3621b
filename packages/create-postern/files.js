// @ts-check
/** @typedef {import("./options.js").Options} Options */

/** Lists what is the site's own: paths, and texts. @param {Options} wanted @returns {Record<string, string>} */
export const listFiles = ({ name, colour, without }) => ({
  ".env": `# This file is not committed. .env.example lists all settings.\nAPP_NAME="${name}"\n`,
  "README.md": readme(name),
  "src/site/definitions.ts": definitions(without, colour),
  ...(colour && { "public/css/site.css": styles(colour) }),
  "test/site/home.test.ts": test,
});

/** @param {string[]} without @param {string | null} colour */
function definitions(without, colour) {
  const features = without.map((feature) => `${feature}: false`).join(", ");
  return `/** What this site is, as plain data. docs/adopting.md explains all parts. */
export const site = {
${features && `  features: { ${features} },\n`}${colour ? `  mailColours: { gate: "${colour}" },\n` : ""}} as const;
`.replace("{\n} as", "{} as");
}

/** Mixes a colour with another one. @param {string} colour @param {string} other @param {number} share of the other one */
const mix = (colour, other, share) =>
  [1, 3, 5]
    .map((at) => [colour, other].map((one) => Number.parseInt(one.slice(at, at + 2), 16)))
    .map(([own = 0, foreign = 0]) => Math.round(own * (1 - share) + foreign * share))
    .reduce((text, part) => text + part.toString(16).padStart(2, "0"), "#");

/** @param {string} colour */
const styles = (colour) => `/* Styles of this site, after all others. Colours are custom properties: see tokens.css. */
:root {
  --gate: ${colour};
  --gate-deep: ${mix(colour, "#000000", 0.3)};
}

@media (prefers-color-scheme: dark) {
  :root {
    --gate: ${mix(colour, "#ffffff", 0.6)};
    --gate-deep: ${mix(colour, "#ffffff", 0.75)};
  }
}
`;

const test = `import assert from "node:assert/strict";
import { test } from "node:test";
import { visitor } from "../support/visitor.js";

test("visitors can open the home page and log in from there", async () => {
  const { status, text } = await visitor().get("/");
  assert.equal(status, 200);
  assert.match(text, /href="\\/login"/);
});
`;

/** @param {string} name */
const readme = (name) => `# ${name}

Made from Postern, an account system for server-rendered web applications.

\`\`\`sh
npm start          # installs, builds, opens the database, serves http://localhost:3000
npm run check      # types, linters, the tests of this site and a selection of Postern's
npm run upgrade    # merges the newest release of Postern; --plan only says what it would do
\`\`\`

Our own code is in \`src/site\`, \`views/site\`, \`public/site\`, \`public/css/site.css\` and \`test/site\`. Postern never edits these, so
merging a release does not conflict: [docs/adopting.md](docs/adopting.md). Settings are in \`.env\`; [.env.example](.env.example)
lists them all.
`;
