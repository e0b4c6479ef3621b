import "../../../support/settings/limits.js";
import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { allJobsDone } from "../../../support/jobs/waiting.js";
import { mailsTo } from "../../../support/mailbox.js";
import { enterPassword, LOST } from "../../../support/users/factor-recovery.js";
import { protectedMember } from "../../../support/users/factors.js";
import { readToken } from "../../../support/visitor.js";

test("an attacker with the password sends the owner at most five emails an hour, and cannot see which were sent", async () => {
  const ada = await protectedMember();
  const browser = await enterPassword(ada);
  const answers = new Set<string>();
  for (let n = 1; n <= 7; n += 1) {
    const _csrf = readToken((await browser.get(LOST)).text);
    const page = await browser.send(LOST, { _csrf }, { "x-forwarded-for": `203.0.113.${n}` });
    const { text } = await browser.get(LOST);
    answers.add(`${page.status} ${page.location} ${text.replace(/value="[^"]*"/g, "")}`);
  }
  assert.equal(answers.size, 1);
  await allJobsDone();
  const sent = (await mailsTo(ada.email)).filter(({ subject }) => /lost your second factor/.test(subject));
  assert.equal(sent.length, 5);
});
