import { type Request, Router } from "express";
import { Forbidden } from "../../../errors.js";
import { emailEndpoints as calls } from "../../../forms/api/me/email.js";
import { toMistake } from "../../../forms/rejections.js";
import { MailedLink } from "../../../models/mailed-link.js";
import type { User } from "../../../models/user.js";
import { askForEmailChange, cancelEmailChange } from "../../../services/account/email-change.js";
import { mailNotice } from "../../../services/mail/limits.js";
import { PreconditionFailed, Unprocessable } from "../../../web/api/errors.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { findOwner } from "../../../web/owner.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { assertOwner } from "../../account/owner-proof.js";
import { assertMatch, serveEndpoint } from "../endpoint.js";

export const apiEmail = Router();

serveEndpoint(apiEmail, calls.read, async ({ req }) => {
  return { status: 200, body: await presentEmail(await findConfirmedOwner(req)) };
});

serveEndpoint(
  apiEmail,
  calls.request,
  async ({ actor, body: { email, currentPassword }, req }) => {
    const user = await findConfirmedOwner(req);
    if (email === user.email) throw new Unprocessable([own]);
    await assertOwner(req, currentPassword);
    const outcome = await askForEmailChange(actor, user, email);
    if (outcome !== "done") throw new Unprocessable([toMistake(outcome)]);
    return { status: 202, body: { message: mailNotice(email) } };
  },
  rateLimits.mails,
);

serveEndpoint(apiEmail, calls.cancel, async ({ actor, req }) => {
  const user = await findConfirmedOwner(req);
  const before = await presentEmail(user);
  const seen = assertMatch(req, before) ? before.pending : null;
  if (!(await cancelEmailChange(actor, user, seen ?? undefined)) && seen) throw new PreconditionFailed();
  return { status: 204 };
});

const own = { pointer: "#/email", detail: "This is already your email address." };

const presentEmail = async (user: User) => ({ email: user.email, pending: await MailedLink.pendingEmail(user) });

/** @throws Forbidden until the address is confirmed; EMAIL_CONFIRMATION=optional lets such users log in */
async function findConfirmedOwner(req: Request): Promise<User> {
  if (!getLoggedInUser(req).isEmailConfirmed) throw new Forbidden("Confirm your email address first.");
  return findOwner(req);
}
