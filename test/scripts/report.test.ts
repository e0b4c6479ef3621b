import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

const { readPlaywright, readTap } = await import(new URL("../../../scripts/support/report.js", import.meta.url).href);

const folder = mkdtempSync(join(tmpdir(), "postern-report-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs a real `node --test` in a separate process. @returns its report */
async function createReport(code: string): Promise<string> {
  const file = join(folder, "dist/test/web/some.test.mjs");
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file.replace(".mjs", ".js"), code);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", file.replace(".mjs", ".js")];
  const run = promisify(execFile)(process.execPath, args, { env });
  return run.then(
    ({ stdout }) => stdout,
    (failed) => failed.stdout,
  );
}

test("a report names each failed test with its file and error, but not its parent tests", async () => {
  const tap = await createReport(`
    import { test } from "node:test";
    import assert from "node:assert";
    test("fine", () => {});
    test("outer", async (t) => { await t.test("inner", () => assert.equal(1, 2)); });
  `);
  const { passed, failed, skipped, failures } = readTap(tap);
  assert.deepEqual([passed, failed, skipped], [1, 2, 0]);
  assert.deepEqual(
    failures.map(({ name, file }: { name: string; file: string }) => [name, file]),
    [["inner", "dist/test/web/some.test.js"]],
  );
  assert.match(failures[0].message, /some\.test\.js:5:.*\n[\s\S]*1 == 2|1 !== 2/);
});

test("a test file whose process crashes is reported as a failure of that file", async () => {
  const { failed, failures } = readTap(await createReport("process.abort();"));
  assert.equal(failed, 1);
  assert.equal(failures[0].file, "dist/test/web/some.test.js");
});

test("a report that ends before its totals is refused", async () => {
  const tap = await createReport('import { test } from "node:test"; test("fine", () => {});');
  assert.throws(() => readTap(tap.slice(0, tap.indexOf("# tests"))), /is incomplete/);
});

test("a test that passes on a retry is reported as unstable; one that fails again is reported as failed", () => {
  const error = { message: "\u001B[31mexpect(page)\u001B[39m" };
  const spec = (title: string, status: string) => ({
    ...{ title, file: "login.test.ts", line: 8 },
    tests: [{ status, results: [{ error }, {}] }],
  });
  const count = readPlaywright({
    stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 },
    suites: [{ specs: [spec("breaks", "unexpected")], suites: [{ specs: [spec("shaky", "flaky")] }] }],
  });
  assert.deepEqual([count.passed, count.failed], [4, 1]);
  assert.deepEqual(count.failures, [
    { name: "breaks", file: "e2e/login.test.ts", message: "e2e/login.test.ts:8\nexpect(page)" },
  ]);
  assert.deepEqual(
    count.unstable.map(({ name }: { name: string }) => name),
    ["shaky"],
  );
});
