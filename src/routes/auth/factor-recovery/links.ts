import { type Request, Router } from "express";
import { getActor } from "../../../actor.js";
import { config } from "../../../config/index.js";
import { BadRequest, InvalidLink, UsedProtectionLink } from "../../../errors.js";
import { buttonForm } from "../../../forms/empty.js";
import { formatTime } from "../../../lib/text/dates.js";
import { MailedLink } from "../../../models/mailed-link.js";
import { findFactorRecovery, type User } from "../../../models/user.js";
import {
  cancelByLink,
  describeFactorRecovery,
  findByStartLink,
  startFactorRecovery,
} from "../../../services/factors/factor-recovery.js";
import { flash } from "../../../web/pages/flash.js";
import { showDone } from "../../../web/pages/used-link.js";
import { rateLimits } from "../../../web/rate-limits.js";

type WithToken = Request<{ token: string }>;
const LOST = "/login/lost-factor";

/** The link that starts the waiting period. */
export const factorRecoveryLink = Router();

factorRecoveryLink.get("/:token", async (req: WithToken, res) => {
  const { token } = req.params;
  const user = await findByStartLink(token);
  if (!user) throw new InvalidLink(LOST);
  const isUsed = !(await MailedLink.find(token, "factor-recovery"));
  if (isUsed || findFactorRecovery(user)) return showDone(res, { ...started, text: describeStart(user) });
  const dueAt = new Date(Date.now() + config.recoveryWaitMs);
  const { needsAdmin } = describeFactorRecovery(user);
  res.render("auth/factor-recovery/show", { token, username: user.username, dueAt, needsAdmin });
});

factorRecoveryLink.post("/:token", rateLimits.links, async (req: WithToken, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const user = await startFactorRecovery(getActor(req), req.params.token);
  if (!user) throw new InvalidLink(LOST);
  flash(res, "info", describeStart(user));
  res.redirect(303, "/login");
});

const started = { title: "The waiting period has begun", to: "/login", button: "Log in" };

function describeStart(user: User): string {
  const recovery = findFactorRecovery(user);
  if (!recovery) return "This link has already been used. The waiting period was cancelled, or is over.";
  const due = formatTime(recovery.dueAt, true).text;
  const confirmed = recovery.needsAdmin ? " Another administrator must also confirm that it's you." : "";
  return `From ${due} you can log in with your password and remove your second factors.${confirmed} We've told you so by email.`;
}

/** The link that cancels it. */
export const factorRecoveryCancelLink = Router();

factorRecoveryCancelLink.get("/:token", async (req: WithToken, res) => {
  const { token } = req.params;
  const grant = await MailedLink.find(token, "factor-recovery-cancel");
  const used = grant ?? (await MailedLink.findUsed(token, "factor-recovery-cancel"));
  if (!used) throw new UsedProtectionLink();
  const recovery = grant && findFactorRecovery(grant.user);
  if (!recovery) return showDone(res, cancelled);
  res.render("auth/factor-recovery/cancel", { token, username: used.user.username, dueAt: recovery.dueAt });
});

factorRecoveryCancelLink.post("/:token", rateLimits.links, async (req: WithToken, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  if (!(await cancelByLink(getActor(req), req.params.token))) throw new UsedProtectionLink();
  flash(res, "success", cancelled.text);
  res.redirect(303, "/password-reset");
});

const cancelled = {
  title: "Your second factors were not removed",
  text: "Your second factors were not removed. If you didn't ask to remove them, someone knows your password and can read your email: choose new passwords for both.",
  to: "/password-reset",
  button: "Choose a new password",
};
