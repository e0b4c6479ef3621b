import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { isTaken, type Outcome } from "../../definitions/outcomes.js";
import { AddressTaken, BadRequest, UsedProtectionLink } from "../../errors.js";
import { buttonForm } from "../../forms/empty.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { MailedLink } from "../../models/mailed-link.js";
import { planRestoring } from "../../services/account/email-undo.js";
import { reportNotMe as takeBack } from "../../services/account/not-me.js";
import { flash } from "../../web/pages/flash.js";
import { showDone } from "../../web/pages/used-link.js";
import { rateLimits } from "../../web/rate-limits.js";

export const notMe = Router();

notMe.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await MailedLink.find(token, "not-me");
  if (!grant) return showUsed(token, res);
  const { user, email } = grant;
  const { username, email: now, recoveryEmail } = user;
  const { primary, isRecoveryEmailRemoved } = planRestoring(user, email);
  const removed = isRecoveryEmailRemoved ? (recoveryEmail?.address ?? null) : null;
  const restored = primary === email || user.hasEmail(email) ? null : email;
  res.render("auth/not-me/show", { token, email, now, username, primary, removed, restored });
});

async function showUsed(token: string, res: Response): Promise<void> {
  if (!(await MailedLink.findUsed(token, "not-me"))) throw new UsedProtectionLink();
  showDone(res, { title: "Your account is secured", text: done, to: "/password-reset", button: "Send another link" });
}

notMe.post("/:token", rateLimits.links, async (req: Request<{ token: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const taken = await takeBack(getActor(req), req.params.token);
  if (!taken) throw new UsedProtectionLink();
  const { outcome, email } = taken;
  if (isTaken(outcome)) throw new AddressTaken(formatEmail(email), kept);
  outcome satisfies Outcome<"done" | "used">;
  flash(res, "info", done);
  res.redirect(303, "/password-reset");
});

const done =
  "Everyone has been logged out, and the old password no longer works. We've emailed you a link to choose a new one.";
const kept =
  "It can't be restored to this account. Everyone has been logged out, and the old password no longer works. Please contact the administrators of this site.";
