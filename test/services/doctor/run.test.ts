import "../../support/environment.js";
import "../../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config } from "../../../src/config/index.js";
import { pass } from "../../../src/services/operations/doctor/finding.js";
import { countFindings, examine } from "../../../src/services/operations/doctor/run.js";

test("a check that is stuck or fails stops no other, and the report says so", async () => {
  const checks = {
    stuck: () => new Promise<never>(() => undefined),
    broken: () => Promise.reject(new Error("The cable is cut")),
    wrong: () => {
      throw new Error("Not a number");
    },
    sound: () => [pass("All is well")],
  };
  const report = await examine({ ...config, waitMs: 30 }, checks);
  assert.deepEqual(
    report.results.map(({ check, findings }) => [check, findings[0]?.kind, findings[0]?.what]),
    [
      ["stuck", "not checked", "No result in time"],
      ["broken", "not checked", "The check failed"],
      ["wrong", "not checked", "The check failed"],
      ["sound", "ok", "All is well"],
    ],
  );
  assert.match(JSON.stringify(report), /The cable is cut/);
  assert.deepEqual(countFindings(report), { problem: 0, warning: 0, ok: 1, "not checked": 3 });
});
