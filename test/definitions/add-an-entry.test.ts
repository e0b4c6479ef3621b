import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { usersEnvironment } from "../support/processes/environment.js";
import { exceptOnDay } from "../support/settings/sample.js";

// Extending a table takes one entry in one file. The test adds an entry to a copy of the built application. The table's
// own tests must then also test the new entry.

type Addition = { table: string; after: string; entry: string; walked: string; tests: string[] };

const additions: Record<string, Addition> = {
  role: {
    table: "dist/src/definitions/roles.js",
    after: 'export const roles = extend("roles", {',
    entry: `moderator: {
      label: "Moderator",
      hint: "Reads everything but drafts, and deletes what should not be here.",
      texts: { site: "delete what others posted", domain: "delete what its members posted" },
      permissions: ["posts.read.any", "posts.delete.any"],
      heldIn: ["site", "domain"],
      isLeading: false,
    },`,
    walked: "dist/test/definitions/roles.test.js",
    tests: [
      "moderator: granted on the roles page",
      "moderator: its user can create API tokens",
      "moderator: offered in invitations",
      "moderator: granted and revoked at the command line",
      "moderator in a domain: granted",
    ],
  },
  "profile field": {
    table: "dist/src/definitions/profile-fields.js",
    after: 'const profileFields = extend("profileFields", {',
    entry: `pronouns: {
      label: "Pronouns",
      noun: "pronouns",
      kind: "line",
      longest: 40,
      group: "name",
      isForAdmins: true,
      width: "full",
    },`,
    walked: "dist/test/definitions/profile-fields.test.js",
    tests: [
      "pronouns: entered in the form",
      "pronouns: readable and writable through the API",
      "pronouns: visible to everyone",
    ],
  },
};

for (const [what, { table, after, entry, walked, tests }] of Object.entries(additions)) {
  test(`a new ${what} takes one entry in one file`, { skip: exceptOnDay(4) }, (t) => {
    const copy = mkdtempSync(join(tmpdir(), "postern-entry-"));
    t.after(() => rmSync(copy, { recursive: true, force: true }));
    cpSync("dist", join(copy, "dist"), { recursive: true });
    for (const name of ["package.json", "node_modules", "views", "public"])
      symlinkSync(join(process.cwd(), name), join(copy, name));
    const before = readFileSync(join(copy, table), "utf8");
    assert.ok(before.includes(after));
    writeFileSync(join(copy, table), before.replace(after, `${after}\n${entry}`));
    const env = usersEnvironment("TEST_SAMPLE");
    const args = ["--test", "--test-reporter=tap", walked];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: "utf8" });
    assert.equal(status, 0, stdout);
    for (const name of tests) assert.match(stdout, new RegExp(`^ *ok \\d+ - ${name}`, "m"));
  });
}
