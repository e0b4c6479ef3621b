import { type Request, Router } from "express";
import { Forbidden } from "../../../errors.js";
import { recoveryEmailEndpoints as calls } from "../../../forms/api/me/recovery-email.js";
import { toMistake } from "../../../forms/rejections.js";
import { MailedLink } from "../../../models/mailed-link.js";
import type { User } from "../../../models/user.js";
import {
  askForRecoveryEmail,
  cancelRecoveryEmail,
  removeRecoveryEmail,
} from "../../../services/account/recovery-email.js";
import { mailNotice } from "../../../services/mail/limits.js";
import { PreconditionFailed, Unprocessable } from "../../../web/api/errors.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { findOwner } from "../../../web/owner.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { assertOwner } from "../../account/owner-proof.js";
import { assertMatch, serveEndpoint } from "../endpoint.js";

export const apiRecoveryEmail = Router();

serveEndpoint(apiRecoveryEmail, calls.read, async ({ req }) => {
  return { status: 200, body: await present(await findConfirmedOwner(req)) };
});

serveEndpoint(
  apiRecoveryEmail,
  calls.request,
  async ({ actor, body: { email, currentPassword }, req }) => {
    const user = await findConfirmedOwner(req);
    if (email === user.email) throw new Unprocessable([own]);
    await assertOwner(req, currentPassword);
    const outcome = await askForRecoveryEmail(actor, user, email);
    if (outcome === "exists") throw new Unprocessable([exists]);
    if (outcome !== "done") throw new Unprocessable([toMistake(outcome)]);
    return { status: 202, body: { message: mailNotice(email) } };
  },
  rateLimits.mails,
);

serveEndpoint(apiRecoveryEmail, calls.remove, async ({ actor, req }) => {
  const user = await findConfirmedOwner(req);
  const before = await present(user);
  const isMatched = assertMatch(req, before);
  const { recoveryEmail, pending } = before;
  const isDone = recoveryEmail
    ? await removeRecoveryEmail(actor, user, recoveryEmail)
    : await cancelRecoveryEmail(actor, user, pending ?? undefined);
  if (!isDone && isMatched && (recoveryEmail || pending)) throw new PreconditionFailed();
  if (!isDone) await findConfirmedOwner(req); // 409 if the access was revoked meanwhile
  return { status: 204 };
});

const own = { pointer: "#/email", detail: "This is already your email address." };
const exists = { pointer: "#/email", detail: "You already have a recovery email address. Remove it first." };

const present = async (user: User) => ({
  recoveryEmail: user.recoveryEmail?.address ?? null,
  pending: user.recoveryEmail ? null : await MailedLink.pendingEmail(user, "recovery-email"),
});

/** @throws Forbidden until the address is confirmed; EMAIL_CONFIRMATION=optional lets such users log in */
async function findConfirmedOwner(req: Request): Promise<User> {
  if (!getLoggedInUser(req).isEmailConfirmed) throw new Forbidden("Confirm your email address first.");
  return findOwner(req);
}
