import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { newPasskeyForm, passkeyNameForm } from "../../forms/auth/passkeys.js";
import { entryId } from "../../forms/fields.js";
import type { Form } from "../../forms/form.js";
import { hasSecondFactor, MOST_PASSKEYS, type User } from "../../models/user.js";
import { toSignal } from "../../services/factors/passkey-options.js";
import { addPasskey, removePasskey, renamePasskey } from "../../services/factors/passkeys.js";
import { findOwner } from "../../web/owner.js";
import { flash } from "../../web/pages/flash.js";
import { renderFormErrors } from "../../web/pages/problem-json.js";
import { presentPasskeys } from "../../web/present/passkeys.js";
import { rateLimits } from "../../web/rate-limits.js";
import { ensureDeviceCookie } from "../../web/session/device-cookie.js";
import { renewSession } from "../../web/session/session.js";

export const accountPasskeys = Router();

const HERE = "/account/passkeys";
type OfPasskey = Request<{ id: string }>;

accountPasskeys.get("/", async (req, res) => {
  res.render("account/factors/passkeys", page(await findOwner(req, "+passwordHash"), newPasskeyForm.blank()));
});

accountPasskeys.post("/", rateLimits.factors, async (req, res) => {
  const user = await findOwner(req, "+passwordHash");
  const input = newPasskeyForm.parse(req.body);
  if (!input.ok) return refuse(res, user, input.form);
  const browser = ensureDeviceCookie(req, res);
  const outcome = await addPasskey(getActor(req), user, { ...input.data, browser });
  if (outcome !== "done") return refuse(res, user, newPasskeyForm.reject(req.body, { "": refusals[outcome] }));
  req.session.factorAt = Date.now();
  const isFirst = !hasSecondFactor(user);
  if (isFirst) await renewSession(req);
  flash(res, "success", `Passkey added.${isFirst ? " You've been logged out on all other devices." : ""}`);
  res.redirect(303, user.recoveryCodesMadeAt ? HERE : "/account/factors/recovery-codes");
});

accountPasskeys.post("/:id/rename", async (req: OfPasskey, res) => {
  const user = await findOwner(req, "+passwordHash");
  const input = passkeyNameForm.parse(req.body);
  if (!input.ok) return refuse(res, user, { ...newPasskeyForm.blank(), errors: input.form.errors });
  const { name } = input.data;
  if (name && !(await renamePasskey(user, parseId(req), name))) throw new NotFound();
  if (name) flash(res, "success", "Passkey renamed.");
  res.redirect(303, HERE);
});

accountPasskeys.post("/:id/remove", async (req: OfPasskey, res) => {
  const outcome = await removePasskey(getActor(req), await findOwner(req, "+passwordHash"), parseId(req));
  if (outcome === "not-found") throw new NotFound();
  if (outcome === "done") {
    await renewSession(req);
    flash(res, "success", "Passkey removed. You've been logged out on all other devices.");
  } else flash(res, "error", keptTexts[outcome]);
  res.redirect(303, HERE);
});

const refusals = {
  invalid: "This passkey couldn't be checked. Try again, within five minutes.",
  exists: "This passkey already belongs to an account.",
  "limit-reached": `An account can have up to ${MOST_PASSKEYS} passkeys. Remove one first.`,
  stale: "Your account was changed somewhere else at the same time. Try again.",
};
const keptTexts = {
  forbidden:
    "Your account has no password, so the last passkey can't be removed. Add another one, or set a password, first.",
  stale: "Your account was changed somewhere else at the same time, so the passkey wasn't removed. Try again.",
};

/** @throws NotFound for a malformed id */
function parseId(req: OfPasskey): string {
  const id = entryId.safeParse(req.params.id);
  if (!id.success) throw new NotFound();
  return id.data;
}

const refuse = (res: Response, user: User, form: Form) =>
  renderFormErrors(res.status(422), "account/factors/passkeys", page(user, form));

const page = (user: User, form: Form) => ({
  form,
  passkeys: presentPasskeys(user),
  signal: toSignal(user),
  isFull: user.passkeys.length >= MOST_PASSKEYS,
  isOnlyWay: user.passkeys.length === 1 && !user.passwordHash,
});
