import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { config } from "../../../config/index.js";
import { NotFound } from "../../../errors.js";
import { onceForm, readOnceKey } from "../../../forms/empty.js";
import { entryId } from "../../../forms/fields.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import type { User } from "../../../models/user.js";
import {
  type ConfirmationOutcome,
  type EndOutcome,
  endUserSessions,
  sendConfirmation,
  sendReset,
} from "../../../services/admin/support.js";
import { readUserPage } from "../../../services/admin/user-page.js";
import { revokeToken } from "../../../services/api/api-tokens.js";
import { confirmFactorRecovery } from "../../../services/factors/factor-recovery.js";
import { flash } from "../../../web/pages/flash.js";
import { presentToken } from "../../../web/present/api-tokens.js";
import { presentListedPost } from "../../../web/present/posts.js";
import { presentManagedUser } from "../../../web/present/user.js";
import { done, findManageableUser, findUser, getUserUrl, type UserRequest } from "./find-user.js";

/** The page of a user and the buttons on it. */
export const adminUser = Router();

adminUser.get("/:id", async (req: UserRequest, res) => {
  const user = await findUser(req);
  const { posts, tokens, ...page } = await readUserPage(getActor(req), user, config.sessionAbsoluteMs);
  const lists = { posts: posts.map(presentListedPost), tokens: tokens.map(presentToken) };
  res.render("admin/users/show", {
    ...page,
    ...lists,
    form: onceForm.blank(),
    person: presentManagedUser(getActor(req), user),
  });
});

adminUser.post("/:id/end-sessions", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.help");
  const outcome = await endUserSessions(getActor(req), user, readOnceKey(req.body));
  const texts: Record<EndOutcome, string> = {
    done: `${user.username} has been logged out everywhere.`,
    unchanged: `${user.username} wasn't logged in anywhere.`,
  };
  flash(res, outcome === "done" ? "success" : "info", texts[outcome]);
  res.redirect(303, getUserUrl(user));
});

adminUser.post("/:id/send-reset", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.help");
  answer(res, user, await sendReset(getActor(req), user, readOnceKey(req.body)));
});

adminUser.post("/:id/send-confirmation", async (req: UserRequest, res) => {
  const user = await findManageableUser(req, "users.help");
  answer(res, user, await sendConfirmation(getActor(req), user, readOnceKey(req.body)));
});

adminUser.post("/:id/confirm-recovery", async (req: UserRequest, res) => {
  const user = await findUser(req);
  if (await confirmFactorRecovery(getActor(req), user))
    return done(
      res,
      user,
      `Confirmed: after the waiting period, ${user.username} can log in without the second factor.`,
    );
  flash(res, "info", `Nothing to confirm: ${user.username} isn't waiting for a confirmation.`);
  res.redirect(303, getUserUrl(user));
});

adminUser.post("/:id/api-tokens/:token/revoke", async (req: Request<{ id: string; token: string }>, res) => {
  const user = await findManageableUser(req, "users.help");
  const token = entryId.safeParse(req.params.token);
  if (!token.success) throw new NotFound();
  await revokeToken(getActor(req), user, token.data);
  done(res, user, `Token revoked. We've emailed ${user.username}.`);
});

function answer(res: Response, user: User, outcome: ConfirmationOutcome): void {
  const texts: Record<ConfirmationOutcome, string> = {
    done: `We've emailed the link to ${formatEmail(user.email)}.`,
    disabled: `No email sent: ${user.username} is disabled.`,
    "no-email": `No email sent: ${user.username} has no email address. They can log in with their username and enter one.`,
    confirmed: `No email sent: ${formatEmail(user.email)} is already confirmed.`,
  };
  flash(res, outcome === "done" ? "success" : "info", texts[outcome]);
  res.redirect(303, getUserUrl(user));
}
