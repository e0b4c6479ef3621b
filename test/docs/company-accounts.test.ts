import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { usersEnvironment } from "../support/processes/environment.js";
import { exceptOnDay } from "../support/settings/sample.js";

// Applies the example from docs/extending.md to a copy of the application, compiles the copy, and runs
// company-accounts/doors.ts in it.

test("the accounts of a company: the example compiles, and its rules hold at every door", {
  skip: exceptOnDay(2),
}, (t) => {
  const section = readFileSync("docs/extending.md", "utf8")
    .split(/^## /m)
    .find((part) => part.startsWith("The accounts"));
  const diff = /^```diff\n([\s\S]+?)^```$/m.exec(section ?? "")?.[1] ?? assert.fail("no example");
  const copy = mkdtempSync(join(tmpdir(), "postern-company-"));
  t.after(() => rmSync(copy, { recursive: true, force: true }));
  for (const name of ["dist", "src", "scripts"]) cpSync(name, join(copy, name), { recursive: true });
  for (const name of ["package.json", "tsconfig.json", "tsconfig.app.json", "node_modules", "views", "public"])
    symlinkSync(join(process.cwd(), name), join(copy, name));
  const run = (command: string, args: string[], input?: string) => {
    const options = { cwd: copy, encoding: "utf8", env: usersEnvironment(), ...(input && { input }) } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    return stdout;
  };
  run("git", ["apply", "--unidiff-zero", "-"], diff);
  run(process.execPath, ["node_modules/@typescript/native/bin/tsc", "-p", "tsconfig.app.json"]);
  const stdout = run(process.execPath, ["--test", "--test-reporter=tap", "dist/test/docs/company-accounts/doors.js"]);
  assert.match(stdout, /^# pass ([1-9]\d)$/m, stdout);
});
