import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { isTaken, type Outcome } from "../../../definitions/outcomes.js";
import { AddressTaken, BadRequest, UsedProtectionLink } from "../../../errors.js";
import { buttonForm } from "../../../forms/empty.js";
import { formatEmail } from "../../../lib/text/email-address.js";
import { MailedLink } from "../../../models/mailed-link.js";
import { undoEmailChange } from "../../../services/account/email-undo.js";
import { flash } from "../../../web/pages/flash.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";

export const emailUndo = Router();

emailUndo.get("/:token", async (req: Request<{ token: string }>, res) => {
  const { token } = req.params;
  const grant = await MailedLink.find(token, "email-undo");
  if (!grant) return showUsed(token, res);
  const { username, email: now } = grant.user;
  res.render("auth/email-undo/show", { token, email: grant.user.getRestored(grant.email), now, username });
});

async function showUsed(token: string, res: Response): Promise<void> {
  const used = await MailedLink.findUsed(token, "email-undo");
  if (!used) throw new UsedProtectionLink();
  const text = `The email address of ${used.user.username} is ${formatEmail(used.user.email)}. Everyone has been logged out. ${advice}`;
  showDone(res, {
    title: "The email change has been undone",
    text,
    to: "/password-reset",
    button: "Choose a new password",
  });
}

emailUndo.post("/:token", rateLimits.links, async (req: Request<{ token: string }>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const undone = await undoEmailChange(getActor(req), req.params.token);
  if (!undone) throw new UsedProtectionLink();
  const { user, email, outcome } = undone;
  if (isTaken(outcome)) throw new AddressTaken(formatEmail(email), kept(user.username));
  outcome satisfies Outcome<"done" | "used">;
  flash(
    res,
    "success",
    `The email address of ${user.username} is ${formatEmail(email)}. Everyone has been logged out. ${advice}`,
  );
  res.redirect(303, "/login");
});

const kept = (username: string) =>
  `It can't be restored to ${username}. You can use it to log in to the other account. Everyone has been logged out of ${username}.`;
const advice = "If you didn't ask for the change, someone knows your password: choose a new one.";
