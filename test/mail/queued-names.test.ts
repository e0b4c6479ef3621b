import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Types } from "mongoose";
import { roleTexts } from "../../src/definitions/roles.js";
import { deliver } from "../../src/mail/deliver.js";
import { findView } from "../../src/mail/find-view.js";
import { writeMail } from "../../src/mail/render.js";
import { formerRoleTexts } from "../../src/mail/values.js";
import { given, mails } from "../support/mail/views.js";
import { mailAbout } from "../support/mailbox.js";
import { newPerson } from "../support/users.js";

/**
 * Every name under which an email was ever queued, with its current name. After an update the queue contains emails of
 * the previous version, so lines are never removed: when a view is renamed, its line keeps the old name, and a new line
 * is added.
 */
const names: Record<string, string> = {
  "account-deleted": "deletion-done",
  "account-disabled": "account-disabled",
  "account-locked": "login-throttled",
  "account-opened": "account-opened",
  "account-secured": "account-secured",
  "address-corrected": "email-confirmation-corrected",
  "already-registered": "already-registered",
  "api-token-created": "api-token-created",
  "api-token-expiring": "api-token-expiring",
  "api-token-revoked": "api-token-revoked",
  "audit-head": "audit-head",
  "authenticator-added": "authenticator-added",
  "authenticator-removed": "authenticator-removed",
  "confirm-email": "email-confirmation",
  "confirm-new-email": "email-change",
  "deletion-done": "deletion-done",
  "deletion-imposed": "deletion-imposed",
  "deletion-planned": "deletion-planned",
  "email-change": "email-change",
  "email-change-asked": "email-undo",
  "email-changed": "email-changed",
  "email-confirmation": "email-confirmation",
  "email-confirmation-corrected": "email-confirmation-corrected",
  "email-undo": "email-undo",
  "export-ready": "export-ready",
  "factor-recovery": "factor-recovery",
  "factor-recovery-cancelled": "factor-recovery-cancelled",
  "factor-recovery-finished": "factor-recovery-finished",
  "factor-recovery-started": "factor-recovery-started",
  "factor-throttled": "factor-throttled",
  "factors-reset": "factors-reset",
  invitation: "invitation",
  "locked-with-reason": "user-disabled",
  "login-throttled": "login-throttled",
  "new-comment": "new-comment",
  "new-device": "new-device",
  "no-account": "no-account",
  "passkey-added": "passkey-added",
  "passkey-removed": "passkey-removed",
  "password-changed": "password-changed",
  "password-removed": "password-removed",
  "password-reset": "password-reset",
  "password-reset-offered": "password-reset-offered",
  "powers-changed": "roles-changed",
  "recovery-code-used": "recovery-code-used",
  "recovery-codes-created": "recovery-codes-created",
  "recovery-email": "recovery-email",
  "recovery-email-added": "recovery-email-added",
  "recovery-email-removed": "recovery-email-removed",
  "refresh-token-copied": "refresh-token-copied",
  "refreshed-elsewhere": "refresh-token-copied",
  "remember-me-copied": "remember-me-copied",
  "remembered-elsewhere": "remember-me-copied",
  "reset-offered": "password-reset-offered",
  "roles-changed": "roles-changed",
  "token-ends": "api-token-expiring",
  "token-made": "api-token-created",
  "token-revoked": "api-token-revoked",
  unlocked: "user-enabled",
  "user-disabled": "user-disabled",
  "user-enabled": "user-enabled",
  "user-renamed": "user-renamed",
  "webhook-paused": "webhook-paused",
};

test("the table contains each current email, and its name is unique across folders", () => {
  assert.deepEqual(Object.keys(names), [...new Set(Object.keys(names))].sort());
  assert.deepEqual([...new Set(Object.values(names))].sort(), [...mails].sort());
  for (const name of mails) assert.equal(names[name], name, `add ${name} to the table`);
});

for (const [name, now] of Object.entries(names)) {
  test(`an email queued as ${name} is sent as ${now}`, async () => {
    assert.equal(findView(name), findView(now));
    const { email } = newPerson();
    await deliver({ view: name, to: email, locals: given }, String(new Types.ObjectId()));
    const { subject, html } = writeMail(now, given);
    const sent = await mailAbout(email, /./);
    assert.deepEqual([sent.subject, sent.html], [subject, html]);
  });
}

test("an invitation that was queued with an earlier text of its role is sent with the current text", async () => {
  const formerTexts = [
    "correct and remove what its members posted",
    "correct and remove what others posted",
    "do everything: look after people, domains and posts",
    "look after its members and posts",
    "look after the people and posts of the whole site",
    "read what is for its members, and write there",
    "read what is for members, and write",
  ];
  assert.deepEqual([...formerRoleTexts.keys()].sort(), formerTexts, "no line is ever removed");
  for (const [former, now] of formerRoleTexts) {
    assert.ok(roleTexts.has(now), now);
    assert.ok(!roleTexts.has(former), `${former} is a current text`);
    const { email } = newPerson();
    await deliver({ view: "invitation", to: email, locals: { ...given, what: former } }, String(new Types.ObjectId()));
    const { text } = await mailAbout(email, /invited/);
    assert.ok(text.replace(/\s+/g, " ").includes(`There you can ${now}.`), text);
  }
});

test("an unknown email stays in the queue and is retried", async () => {
  for (const name of ["no-such-email", "constructor", "../errors/show", "account/email-change"])
    await assert.rejects(deliver({ view: name, to: newPerson().email, locals: {} }, "x"), /There is no email/, name);
});
