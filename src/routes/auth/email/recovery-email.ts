import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { isTaken, type Outcome } from "../../../definitions/outcomes.js";
import { AddressTaken, BadRequest, InvalidLink } from "../../../errors.js";
import { buttonForm } from "../../../forms/empty.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { MailedLink } from "../../../models/mailed-link.js";
import { confirmRecoveryEmail } from "../../../services/account/recovery-email.js";
import { flash } from "../../../web/pages/flash.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";

export const recoveryEmail = Router();

recoveryEmail.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await MailedLink.find(token, "recovery-email");
  if (!grant) return showUsed(token, res);
  res.render("auth/recovery-email/show", { token, email: grant.email, username: grant.user.username });
});

async function showUsed(token: string, res: Response): Promise<void> {
  const used = await MailedLink.findUsed(token, "recovery-email");
  if (!used) throw new InvalidLink("/account/addresses");
  showDone(res, {
    title: "Your recovery email address is confirmed",
    text: describeDone(used.email, used.user.username),
    to: "/account/addresses",
    button: "Go to your account",
  });
}

recoveryEmail.post("/:token", rateLimits.links, async (req: Request<{ token: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const added = await confirmRecoveryEmail(getActor(req), req.params.token);
  if (!added) throw new InvalidLink("/account/addresses");
  const { user, email, outcome } = added;
  if (isTaken(outcome))
    throw new AddressTaken(
      formatEmail(email),
      "It can be the recovery email address of only one account. Nothing was changed.",
    );
  outcome satisfies Outcome<"done" | "used">;
  flash(res, "success", describeDone(email, user.username));
  res.redirect(303, req.user ? "/account/addresses" : "/login");
});

const describeDone = (email: string, username: string) =>
  `${formatEmail(email)} is now the recovery email address of ${username}.`;
