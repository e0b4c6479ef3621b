import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import {
  reauthenticateForm,
  reauthenticateWithCodeForm,
  reauthenticateWithRecoveryCodeForm,
} from "../../forms/auth/reauthenticate.js";
import type { Form } from "../../forms/form.js";
import type { User } from "../../models/user.js";
import { verifyCurrentPassword } from "../../services/account/reauthenticate.js";
import { type TypedCode, verifyCode } from "../../services/factors/verify.js";
import { getLoggedInUser } from "../../web/guards.js";
import { findOwner } from "../../web/owner.js";
import { continueAfterLogin } from "../../web/pages/after-login.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { rateLimits } from "../../web/rate-limits.js";
import { reauthenticateSession } from "../../web/session/session.js";

/** Asks for all factors of the account again, before a sensitive action. */
export const reauthenticate = Router();

const stale = { "": "Your account has just been changed somewhere else. Log in again." };
const withoutPassword = { "": "Your account has no password. Use a passkey." };
const wrong = { password: "Incorrect password." };
const wrongRecoveryCode = { recoveryCode: "This recovery code is wrong or was used before." };
const wrongCode = { code: "This code is wrong or was used before. Wait for the next one." };

reauthenticate.get("/", async (req, res) => {
  res.render("auth/reauthenticate/new", page(await choose(req)));
});

reauthenticate.post("/", rateLimits.login, async (req, res) => {
  const ways = await choose(req);
  const { form } = ways;
  if (!getLoggedInUser(req).hasPassword) return show(res.status(422), ways, form.reject({}, withoutPassword));
  const refuse = (status: number, refused: Form) => show(res.status(status), ways, refused);
  const input = form.parse(req.body);
  if (!input.ok) return refuse(422, input.form);
  const { device } = req.session;
  const { password } = input.data;
  const user = await verifyCurrentPassword(getActor(req), getLoggedInUser(req), device, password);
  if (!user) return refuse(401, form.reject(req.body, wrong));
  if (isStale(req, user)) return refuse(401, form.reject(req.body, stale));
  const typed = readCode(input.data);
  if (typed) {
    const isRight = await verifyCode(getActor(req), { user, device: device || null }, typed);
    if (!isRight) return refuse(401, form.reject(req.body, "code" in typed ? wrongCode : wrongRecoveryCode));
    req.session.factorAt = Date.now();
  }
  await reauthenticateSession(req, user);
  await continueAfterLogin(req, res);
});

/** Returns true if the account changed while the form was read: this session has ended, and factors may be new. */
export const isStale = (req: Request, { sessionEpoch }: User): boolean => sessionEpoch !== (req.session.epoch ?? 0);

/** Shows the page again after a passkey that was refused. */
export async function refuseReauthentication(req: Request, res: Response, errors: Record<string, string>) {
  const ways = await choose(req);
  res.locals.path = "/reauthenticate";
  show(res.status(401), ways, ways.form.reject({}, errors));
}

/** The ways in which a user can prove all factors. Without an app, a recovery code stands for the passkey. */
async function choose(req: Request) {
  const { authenticator, passkeys } = await findOwner(req);
  const hasPasskey = passkeys.length > 0;
  if (authenticator) return { form: reauthenticateWithCodeForm, hasPasskey };
  return { form: hasPasskey ? reauthenticateWithRecoveryCodeForm : reauthenticateForm, hasPasskey };
}

function readCode(data: { password: string; code?: string; recoveryCode?: string }): TypedCode | null {
  if (data.code !== undefined) return { code: data.code };
  return data.recoveryCode === undefined ? null : { recoveryCode: data.recoveryCode };
}

type Ways = Awaited<ReturnType<typeof choose>>;
const page = ({ form, hasPasskey }: Ways) => ({ form: form.blank(), hasPasskey });
const show = (res: Response, { hasPasskey }: Ways, form: Form) =>
  renderFormErrors(res, "auth/reauthenticate/new", { form, hasPasskey });
