import type { Request, Response } from "express";
import { ForgedRequest, HttpError } from "../../errors.js";
import type { User } from "../../models/user.js";
import { resetTokens } from "../csrf.js";
import { findSession } from "../session/store.js";
import { ProofNeeded } from "./refusals.js";
import { answerWithTyped, isOthers } from "./refused-form.js";
import { getWantedPage, HOME, mayOpen } from "./return-to.js";
import { hasTypedText, readCarried, type Typed } from "./typed.js";

/**
 * Continues after a login or a confirmed password. Shows the form that was refused before, filled in, or redirects to
 * the page that the user wanted, if this user may open it.
 * @param user who has just logged in; missing if they only confirmed who they are
 */
export async function continueAfterLogin(req: Request, res: Response, user?: User): Promise<void> {
  const otherwise = user ? getPageAfter(user) : HOME;
  const typed = readCarried(req);
  const wanted = getWantedPage(req);
  if (!typed && (!wanted || otherwise !== HOME)) return res.redirect(303, otherwise);
  await becomeUser(req);
  if (typed && hasTypedText(typed)) {
    const error = isOthers(req, typed) ? new ForgedRequest() : new HttpError(422, "Nothing is saved yet", backText);
    res.status(error.status);
    return answerWithTyped(req, res, { typed, error, pages: req.findFormPages?.(typed.to, typed.fields) ?? [] });
  }
  const page = typed ? (req.findFormPages?.(typed.to, {})[0] ?? HOME) : (wanted ?? HOME);
  res.redirect(303, (await mayOpen(req, page)) ? page : HOME);
}

/**
 * Returns the page that a user should see after a login. If it isn't HOME, it takes precedence over the page the user
 * requested.
 */
function getPageAfter(user: User): string {
  if (user.deletion) return "/account/deletion";
  const isNew = !user.lastLoginAt && user.passkeys.length > 0 && !user.recoveryCodesMadeAt; // registered with a passkey
  return isNew ? "/account/factors/recovery-codes" : HOME;
}

/** Asks the user who typed this to log in, after the current user has logged out for that purpose. */
export async function askForLogin(req: Request, res: Response, typed: Typed): Promise<void> {
  Object.assign(req, { user: undefined, person: undefined, impersonator: undefined });
  resetTokens(req);
  const error = new ProofNeeded("/login");
  await answerWithTyped(req, res.status(error.status), { typed, error, pages: [] });
}

/** Continues this request as the user who has just logged in. */
async function becomeUser(req: Request): Promise<void> {
  const found = await findSession(req.sessionID);
  req.user = req.person = found?.person;
  resetTokens(req);
}

const backText = "You're logged in, and this is what you typed before. Check it and send it again.";
