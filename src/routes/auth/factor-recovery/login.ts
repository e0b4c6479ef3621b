import { type Request, type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { config } from "../../../config/index.js";
import { onceForm, readOnceKey } from "../../../forms/empty.js";
import { formatDuration } from "../../../lib/text/durations.js";
import {
  askForFactorRecovery,
  describeFactorRecovery,
  finishFactorRecovery,
} from "../../../services/factors/factor-recovery.js";
import { flash } from "../../../web/pages/flash.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { listKnownAccounts } from "../../../web/session/known-accounts.js";
import { findPendingLogin, finishPendingLogin } from "../../../web/session/pending-login.js";
import { enter } from "../enter.js";
import { startAgain } from "../second-factor.js";

/** The way back for users who have lost every second factor. It begins and ends after the right password. */
export const factorRecovery = Router();

const HERE = "/login/lost-factor";
const asked =
  "We've sent a link to the confirmed email addresses of this account, unless we did so several times in the last hour. Check your inbox.";

factorRecovery.get("/lost-factor", async (req, res) => {
  const pending = await findAfterPassword(req, res);
  if (!pending) return startAgain(req, res);
  res.render("auth/factor-recovery/new", {
    ...describeFactorRecovery(pending.user),
    username: pending.user.username,
    wait: formatDuration(config.recoveryWaitMs / 1000),
    form: onceForm.blank(),
  });
});

factorRecovery.post("/lost-factor", rateLimits.mails, async (req, res) => {
  const pending = await findAfterPassword(req, res);
  if (!pending) return startAgain(req, res);
  await askForFactorRecovery(getActor(req), pending.user, await listKnownAccounts(req, res), readOnceKey(req.body));
  flash(res, "info", asked);
  res.redirect(303, HERE);
});

factorRecovery.post("/lost-factor/finish", rateLimits.login, async (req, res) => {
  const pending = await findAfterPassword(req, res);
  if (!pending) return startAgain(req, res);
  const user = await finishFactorRecovery(getActor(req), pending.user);
  if (!user) {
    flash(res, "error", "Your second factors can't be removed now.");
    return res.redirect(303, HERE);
  }
  await finishPendingLogin(res, pending);
  await enter(req, res, { user, remember: pending.step.remember, byPassword: true });
  flash(res, "success", "Your second factors and recovery codes have been removed. Set up a new second factor now.");
  res.redirect(303, "/account/factors");
});

/** Returns the login that waits in this browser, if the password was entered: a mailed link is not enough here. */
async function findAfterPassword(req: Request, res: Response) {
  const pending = await findPendingLogin(req, res);
  if (pending && !pending.step.byPassword)
    flash(res, "info", "To get back in without a second factor, enter your password first.");
  return pending?.step.byPassword ? pending : null;
}
