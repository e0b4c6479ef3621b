import "../support/app.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { systemActor } from "../../src/actor.js";
import * as passwords from "../../src/lib/passwords/hash.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { User } from "../../src/models/user.js";
import { changePassword } from "../../src/services/account/password.js";
import { finishWaiting } from "../../src/services/follow-ups.js";
import { cutOff } from "../support/database/writes.js";
import { mailsTo } from "../support/mailbox.js";
import { until } from "../support/until.js";
import { member } from "../support/users.js";

const later = () => new Date(Date.now() + 3_600_000);
const read = (username: string) => User.findOne({ username }).orFail();
let user: User;

beforeEach(async () => {
  user = await read((await member()).username);
});

const changes = () => AuditEvent.countDocuments({ user: user._id, event: "password.changed" });
const mails = async () =>
  (await mailsTo(user.email)).filter(({ subject }) => /password was changed/i.test(subject)).length;
const isLeft = async () => ((await read(user.username)).outbox?.length ?? 0) > 0;

test("the job finishes a password change that was interrupted after any of its writes, exactly once", async () => {
  for (let n = 2, wasCut = true; wasCut; n += 1) {
    user = await read((await member()).username);
    wasCut = await cutOff(n, () => changePassword(systemActor, user, "another-Sturdy-gate"));
    await Promise.all([finishWaiting(later()), finishWaiting(later())]);
    await finishWaiting(later());
    assert.equal(await isLeft(), false);
    assert.equal(await changes(), 1, `interrupted at write ${n}`);
    await until("the email is there", async () => (await mails()) > 0);
    assert.equal(await mails(), 1, `interrupted at write ${n}`);
    assert.ok(
      await passwords.verify(
        "another-Sturdy-gate",
        (await User.findOne({ _id: user._id }).select("+passwordHash").orFail()).passwordHash ?? null,
      ),
    );
  }
});

test("a finished password change leaves nothing for the job to do", async () => {
  await changePassword(systemActor, user, "another-Sturdy-gate");
  assert.equal(await isLeft(), false);
  await finishWaiting(later());
  assert.equal(await changes(), 1);
});
