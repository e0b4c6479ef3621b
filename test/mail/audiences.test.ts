import "../support/app.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import mongoose, { Types } from "mongoose";
import { systemActor } from "../../src/actor.js";
import { stopJobs } from "../../src/jobs/schedule.js";
import { audiences } from "../../src/mail/audiences.js";
import * as mail from "../../src/mail/index.js";
import { mails } from "../support/mail/views.js";

// Every email has a row that says whether it also goes to the recovery email, and goes where its row says.

const owner = { username: "ada", email: "ada@example.org", recoveryEmail: "ada@example.net" };
const links: string[] = [];
const linkFor = async (to: string) => {
  links.push(to);
  return `a link for ${to}`;
};
const at = new Date();
const id = String(new Types.ObjectId());

/** A call of each function of the module; TypeScript rejects a new one without a row. */
const calls: { [name in keyof typeof mail]: () => Promise<void> } = {
  sendEmailConfirmation: () => mail.sendEmailConfirmation(owner, id),
  sendAlreadyRegistered: () => mail.sendAlreadyRegistered(owner),
  sendNoAccount: () => mail.sendNoAccount(owner.email),
  sendPasswordReset: () => mail.sendPasswordReset(owner, id),
  sendResetAfterIntrusion: () => mail.sendResetAfterIntrusion(owner, id),
  sendAccountDisabled: () => mail.sendAccountDisabled(owner),
  sendPasswordChanged: () => mail.sendPasswordChanged(systemActor, owner, linkFor),
  sendEmailChange: () => mail.sendEmailChange(owner, owner.email, id),
  sendRecoveryEmail: () => mail.sendRecoveryEmail(owner, owner.email, id),
  sendRecoveryEmailAdded: () => mail.sendRecoveryEmailAdded(systemActor, owner, id),
  sendRecoveryEmailRemoved: () => mail.sendRecoveryEmailRemoved(systemActor, owner, linkFor),
  sendAccountSecured: () => mail.sendAccountSecured(systemActor, owner, id),
  sendEmailUndo: () => mail.sendEmailUndo(systemActor, owner, linkFor),
  sendEmailChanged: () => mail.sendEmailChanged(systemActor, owner, linkFor),
  sendEmailConfirmationCorrected: () => mail.sendEmailConfirmationCorrected(systemActor, owner, { isByAdmin: false }),
  sendNewDevice: () => mail.sendNewDevice(systemActor, owner, linkFor),
  sendLoginThrottled: () => mail.sendLoginThrottled(systemActor, owner, { reset: linkFor, notMe: linkFor }),
  sendAuthenticatorAdded: () => mail.sendAuthenticatorAdded(systemActor, owner, linkFor),
  sendAuthenticatorRemoved: () => mail.sendAuthenticatorRemoved(systemActor, owner, linkFor),
  sendRecoveryCodesCreated: () => mail.sendRecoveryCodesCreated(systemActor, owner, linkFor),
  sendRecoveryCodeUsed: () => mail.sendRecoveryCodeUsed(systemActor, owner, 9, linkFor),
  sendFactorsReset: () => mail.sendFactorsReset(systemActor, owner, linkFor),
  sendFactorRecovery: () => mail.sendFactorRecovery(systemActor, owner, {}, { start: linkFor, notMe: linkFor }),
  sendFactorRecoveryStarted: () => mail.sendFactorRecoveryStarted(systemActor, owner, { dueAt: at }, linkFor),
  sendFactorRecoveryCancelled: () => mail.sendFactorRecoveryCancelled(systemActor, owner, true, linkFor),
  sendFactorRecoveryFinished: () => mail.sendFactorRecoveryFinished(systemActor, owner, linkFor),
  sendPasskeyAdded: () => mail.sendPasskeyAdded(systemActor, owner, linkFor),
  sendPasskeyRemoved: () => mail.sendPasskeyRemoved(systemActor, owner, linkFor),
  sendPasswordRemoved: () => mail.sendPasswordRemoved(systemActor, owner, linkFor),
  sendFactorThrottled: () => mail.sendFactorThrottled(systemActor, owner, { reset: linkFor, notMe: linkFor }),
  sendRememberMeCopied: () => mail.sendRememberMeCopied(systemActor, owner, linkFor),
  sendRefreshTokenCopied: () => mail.sendRefreshTokenCopied(systemActor, owner, linkFor),
  sendApiTokenCreated: () => mail.sendApiTokenCreated(systemActor, owner, "pst_Ab3x", linkFor),
  sendApiTokenRevoked: () => mail.sendApiTokenRevoked(owner, "pst_Ab3x"),
  sendApiTokenExpiring: () => mail.sendApiTokenExpiring(owner, "pst_Ab3x", at),
  sendInvitation: () =>
    mail.sendInvitation({ email: owner.email, inviter: "bob", what: "x", domain: null, until: at }, id),
  sendDeletionPlanned: () => mail.sendDeletionPlanned(systemActor, owner, at, linkFor),
  sendDeletionDone: () => mail.sendDeletionDone(owner, { asAsked: true }),
  sendExportReady: () => mail.sendExportReady(owner),
  sendUserDisabled: () => mail.sendUserDisabled(owner, "Spam."),
  sendUserEnabled: () => mail.sendUserEnabled(owner),
  sendUserRenamed: () => mail.sendUserRenamed(owner),
  sendDeletionImposed: () => mail.sendDeletionImposed(owner, at, "Spam."),
  sendPasswordResetOffered: () => mail.sendPasswordResetOffered(owner, id),
  sendAccountOpened: () => mail.sendAccountOpened(owner, id),
  sendRolesChanged: () => mail.sendRolesChanged(owner, { given: ["admin"], taken: [] }),
  sendWebhookPaused: () => mail.sendWebhookPaused(owner, id),
  sendAuditHead: () => mail.sendAuditHead(owner.email, { day: "2026-11-29", head: "0".repeat(64) }),
  // Upstream has no emails of the site, so this is one of ours.
  sendSiteMail: () => mail.sendSiteMail("user-enabled" as never, owner),
  sendNewComment: () => mail.sendNewComment(owner, { commenter: "bob", comment: id, id }),
};

const jobs = () => mongoose.connection.collection("jobs");

/** Calls a function, and returns the emails that it queued. */
async function listQueued(send: () => Promise<void>) {
  const known = (await jobs().find().toArray()).map(({ _id }) => String(_id));
  await send();
  const all = await jobs().find({ name: "send-mail" }).toArray();
  return all
    .filter(({ _id }) => !known.includes(String(_id)))
    .map(({ data }) => data as { view: string; to: string; links: Record<string, string> });
}

before(stopJobs);

test("each email has a row, and no row is without an email", () => {
  assert.deepEqual(Object.keys(audiences).sort(), [...mails].sort());
});

const sent = new Set<string>();
for (const [name, send] of Object.entries(calls)) {
  test(`${name}: the email goes to the addresses of its row, with links of its own for each`, async () => {
    links.length = 0;
    const queued = await listQueued(send);
    const view = queued[0]?.view ?? assert.fail("no email");
    sent.add(view);
    const isForEach = audiences[view as keyof typeof audiences] === "each";
    const to = queued.map((one) => one.to).sort();
    assert.deepEqual(to, isForEach ? [owner.recoveryEmail, owner.email] : [owner.email]);
    if (isForEach)
      for (const one of queued) for (const link of Object.values(one.links)) assert.equal(link, `a link for ${one.to}`);
  });
}

test("the walk above sent each email", () => {
  assert.deepEqual([...sent].sort(), [...mails].sort());
});

test("a user without a recovery email gets one copy, also from a follow-up of an earlier version", async () => {
  for (const recoveryEmail of [null, undefined]) {
    const queued = await listQueued(() => mail.sendUserEnabled({ ...owner, recoveryEmail }));
    assert.deepEqual(
      queued.map(({ to }) => to),
      [owner.email],
    );
  }
});
