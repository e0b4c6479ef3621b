import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const copy = mkdtempSync(join(tmpdir(), "postern-role-"));
after(() => rmSync(copy, { recursive: true, force: true }));

const entry = `export const roles = {
  moderator: {
    label: "Moderator",
    hint: "Reads everything but drafts, and deletes what should not be here.",
    texts: { site: "delete what others posted", domain: "delete what its members posted" },
    permissions: ["posts.read.any", "posts.delete.any"],
    heldIn: ["site", "domain"],
    isLeading: false,
  },`;

test("a new role is one entry in one file: every page, form and command that reads the table has it", () => {
  cpSync("dist", join(copy, "dist"), { recursive: true });
  for (const name of ["package.json", "node_modules", "views", "public"])
    symlinkSync(join(process.cwd(), name), join(copy, name));
  const table = join(copy, "dist/src/definitions/roles.js");
  const before = readFileSync(table, "utf8");
  assert.ok(before.includes("export const roles = {"));
  writeFileSync(table, before.replace("export const roles = {", entry));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", "dist/test/definitions/roles.test.js"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: "utf8" });
  assert.equal(status, 0, stdout);
  for (const name of [
    "moderator: given on the page",
    "moderator: its holder",
    "moderator: offered",
    "moderator: given and taken",
    "moderator in a domain",
  ])
    assert.match(stdout, new RegExp(`^ *ok \\d+ - ${name}`, "m"));
});
