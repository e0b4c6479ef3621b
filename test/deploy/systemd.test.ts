import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";
import { unlessInstalled } from "../support/processes/tools.js";

const unit = fileURLToPath(new URL("../../../deploy/systemd/postern.service", import.meta.url));
/** systemd calls a service below 2 "OK"; 10 is one without any restriction. */
const MOST_EXPOSED = 2;

test("the systemd unit has no unknown settings, and is well sandboxed", {
  skip: unlessInstalled("systemd-analyze"),
}, () => {
  const copy = join(temporaryDirectory(), "postern.service"); // a file with that name, and no others beside it
  cpSync(unit, copy);
  const analyze = (...words: string[]) => execFileSync("systemd-analyze", [...words, copy], { encoding: "utf8" });
  const report = analyze("security", "--offline=true", "--no-pager");
  const exposure = Number(/Overall exposure level for postern\.service: ([\d.]+)/.exec(report)?.[1]);
  assert.ok(exposure < MOST_EXPOSED, report);
  assert.doesNotMatch(report, /Unknown/);
});
