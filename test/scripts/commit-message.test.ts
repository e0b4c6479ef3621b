import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../support/database/engine.js";

const program = fileURLToPath(new URL("../../../scripts/support/commit-message.js", import.meta.url));
const file = join(temporaryDirectory(), "COMMIT_EDITMSG");

function check(message: string) {
  writeFileSync(file, message);
  const { status, stderr } = spawnSync(process.execPath, [program, file], { encoding: "utf8" });
  return { accepted: status === 0, says: stderr.trim() };
}

const accepted = {
  "a subject": "avatar: fix race between two uploads\n",
  "a subject of 72 characters": `posts: ${"x".repeat(65)}\n`,
  "a reason below": "mail: retry a refused message once\n\nBecause …\n",
  "comments of git": "api: show scopes\n# Please enter the commit message\n",
  "a folder as area": "web/session: rotate on login\n",
  "a merge": "Merge branch 'main' into api\n",
  "a revert": 'Revert "avatar: fix race"\n',
  "a fixup": "fixup! avatar: fix race between two uploads\n",
};
for (const [what, message] of Object.entries(accepted)) {
  test(`accepts ${what}`, () => assert.deepEqual(check(message), { accepted: true, says: "" }));
}

const refused = {
  "no area": ["fix the race\n", /area: verb object/],
  "a full stop at the end": ["avatar: fix the race.\n", /area: verb object/],
  "73 characters": [`posts: ${"x".repeat(66)}\n`, /73 characters; at most 72/],
  "no blank line before the reason": ["avatar: fix race\nBecause …\n", /second line is not empty/],
  "an empty message": ["\n", /area: verb object/],
} as const;
for (const [what, [message, reason]] of Object.entries(refused)) {
  test(`refuses ${what}, and says why`, () => {
    const { accepted, says } = check(message);
    assert.equal(accepted, false);
    assert.match(says, reason);
  });
}
