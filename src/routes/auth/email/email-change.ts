import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { isTaken, type Outcome } from "../../../definitions/outcomes.js";
import { AddressTaken, BadRequest, InvalidLink } from "../../../errors.js";
import { buttonForm } from "../../../forms/empty.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { MailedLink } from "../../../models/mailed-link.js";
import { confirmEmailChange } from "../../../services/account/email-change.js";
import { flash } from "../../../web/pages/flash.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { renewSession } from "../../../web/session/session.js";

export const emailChange = Router();

emailChange.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await MailedLink.find(token, "email-change");
  if (!grant) return showUsed(token, res);
  const { username, email: before } = grant.user;
  res.render("auth/email-change/show", { token, email: grant.email, before, username });
});

async function showUsed(token: string, res: Response): Promise<void> {
  const used = await MailedLink.findUsed(token, "email-change");
  if (!used) throw new InvalidLink("/account/email");
  const text = `The email address of ${used.user.username} is now ${formatEmail(used.email)}.`;
  showDone(res, {
    title: "Your email address has been changed",
    text,
    to: "/account/email",
    button: "Go to your account",
  });
}

emailChange.post("/:token", rateLimits.links, async (req: Request<{ token: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const change = await confirmEmailChange(getActor(req), req.params.token);
  if (!change) throw new InvalidLink("/account/email");
  const { user, email, outcome } = change;
  if (isTaken(outcome)) throw new AddressTaken(formatEmail(email), "Nothing was changed.");
  outcome satisfies Outcome<"done" | "used">;
  flash(res, "success", `The email address of ${user.username} is now ${formatEmail(email)}.`);
  if (outcome === "done" && req.user?.id === user.id) await renewSession(req);
  res.redirect(303, req.user ? "/account/email" : "/login");
});
