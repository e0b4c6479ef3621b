import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { PasskeyPurpose } from "../../definitions/factors/passkeys.js";
import { BadRequest, Forbidden, HttpError } from "../../errors.js";
import { loginForm } from "../../forms/auth/login.js";
import { passkeyOptionsForm, usePasskeyForm } from "../../forms/auth/passkeys.js";
import { secondFactorForm } from "../../forms/auth/second-factor.js";
import type { User } from "../../models/user.js";
import { isPending } from "../../services/account/register/pending.js";
import {
  createRegistrationOptions,
  createSignUpOptions,
  createUseOptions,
} from "../../services/factors/passkey-options.js";
import {
  findUnknown,
  findUserByPasskey,
  type ProvedPasskey,
  takeChallenge,
} from "../../services/factors/use-passkey.js";
import { isRecent } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { ensureDeviceCookie, readDeviceCookie } from "../../web/session/device-cookie.js";
import { findPendingLogin } from "../../web/session/pending-login.js";
import { reauthenticateSession } from "../../web/session/session.js";
import { enterWithFactor } from "./enter.js";
import { askForConfirmation } from "./login.js";
import { isStale, refuseReauthentication } from "./reauthenticate.js";
import { completeStep, refuseStep, startAgain } from "./second-factor.js";

/** The message is the same for all causes: unknown passkey, disabled account, no PIN or fingerprint, or too late. */
const refused =
  "This passkey can't be used here, or that took longer than five minutes. Try again, or log in another way.";

/** Challenges for passkeys, and their use: to log in, as the second factor, and to reauthenticate. */
export const passkeys = Router();

passkeys.post("/options", rateLimits.passkeys, async (req, res) => {
  const input = passkeyOptionsForm.parse(req.body);
  if (!input.ok) throw new BadRequest();
  res.json(await createOptions(req, res, input.data));
});

type Asked = { purpose: PasskeyPurpose; username?: string | undefined };

/**
 * @throws BadRequest if the registration form would be refused: the browser then sends it, and its response says why
 * @throws Forbidden, HttpError 401 if nobody is known whose passkey this could be
 */
async function createOptions(req: Request, res: Response, { purpose, username }: Asked) {
  const browser = ensureDeviceCookie(req, res);
  if (purpose === "sign-up") {
    if (!username || req.user || config.registration !== "open") throw new BadRequest();
    return createSignUpOptions(username, browser);
  }
  if (purpose === "login") return createUseOptions(purpose, { user: null, browser });
  if (purpose === "factor") {
    const pending = await findPendingLogin(req, res);
    if (!pending)
      throw new HttpError(401, "Log in again", "This step is no longer valid: it lasts five minutes. Log in again.");
    return createUseOptions(purpose, { user: pending.user, browser });
  }
  if (!req.user?.isMember) throw new HttpError(401, "Log in again", "You've been logged out. Log in again.");
  const user = await findOwner(req);
  if (purpose === "reauthenticate") return createUseOptions(purpose, { user, browser });
  if (!isRecent(req)) throw new Forbidden("Confirm it's you before you add a passkey.");
  return createRegistrationOptions(user, browser);
}

passkeys.post("/login", rateLimits.login, async (req, res) => {
  const input = usePasskeyForm.parse(req.body);
  const credential = input.ok ? input.data.credential : null;
  const used = await takeChallenge(credential, readDeviceCookie(req, res));
  const isUse = used && used.purpose !== "register" && used.purpose !== "sign-up";
  const proved = isUse ? await findUserByPasskey(getActor(req), credential, used) : null;
  const user = proved?.user ?? null;
  const { remember, trust } = input.ok ? input.data : {};
  if (req.user) return reauthenticate(req, res, used?.purpose === "reauthenticate" ? user : null);
  if (used?.purpose === "factor") return proveFactor(req, res, proved, trust === "on");
  const login = used?.purpose === "login" ? used : null;
  await logIn(req, res, login && user, { used: login, credential, remember: remember === "on" });
});

async function logIn(
  req: Request,
  res: Response,
  user: User | null,
  { used, credential, remember }: { used: unknown; credential: unknown; remember: boolean },
): Promise<void> {
  if (!user) {
    res.locals.path = "/login";
    const signal = used && (await findUnknown(credential));
    return renderFormErrors(res.status(401), "auth/login/new", { form: loginForm.reject({}, { "": refused }), signal });
  }
  if (isPending(user)) return askForConfirmation(req, res, user);
  await enterWithFactor(req, res, { user, remember });
  await continueAfterLogin(req, res, user);
}

async function proveFactor(req: Request, res: Response, proved: ProvedPasskey | null, trust: boolean): Promise<void> {
  const pending = await findPendingLogin(req, res);
  if (!pending) return startAgain(req, res);
  const { user, isVerified = false } = proved ?? {};
  if (user?.id === pending.user.id) return completeStep(req, res, pending, { trust, isVerified });
  refuseStep(res.status(401), pending, secondFactorForm.reject({}, { "": refused }));
}

/** Renews the session of a logged-in user. Another user's passkey is refused. */
async function reauthenticate(req: Request, res: Response, user: User | null): Promise<void> {
  if (user?.id !== req.user?.id || !user || isStale(req, user))
    return refuseReauthentication(req, res, { "": refused });
  req.session.factorAt = Date.now();
  await reauthenticateSession(req, user);
  await continueAfterLogin(req, res);
}
