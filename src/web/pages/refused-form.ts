import type { Request, Response } from "express";
import { isSecretField } from "../../definitions/secret-fields.js";
import { ForgedRequest, type HttpError } from "../../errors.js";
import { isDrawnHere, isTypedBy, readToken } from "../csrf.js";
import { ImpersonationEnded, ProofNeeded } from "./refusals.js";
import { answerRepeatedForm } from "./repeated-form.js";
import { doorways } from "./return-to.js";
import {
  type Fields,
  fillForm,
  getReadableFields,
  hasTypedText,
  readCarried,
  readTyped,
  readTypedSoFar,
  sealTyped,
  type Typed,
} from "./typed.js";

/** The message about a refused form. */
type Refusal = { heading: string; message: string; requestId: string; typed: Fields | null };

/**
 * Responds to a refused form and keeps what was typed: in the same form, in a hidden field during the login, or as text
 * to copy. Nothing is saved until the user sends it again (docs/decisions/0030-what-was-typed.md).
 * @returns false if nothing was typed
 */
export async function answerRefusedForm(req: Request, res: Response, error: HttpError, state: State): Promise<boolean> {
  const sent = await readTyped(req, res);
  if (!sent) return false;
  if (error instanceof ForgedRequest && !state.isDatabaseDown && (await answerRepeatedForm(req, res, sent.to)))
    return true;
  const typed = whatCounts(req, sent);
  const isLoggedOut = error instanceof ForgedRequest && !req.user && typed.owner !== "";
  if (!hasTypedText(typed) && !isLoggedOut) return false;
  if (state.isDatabaseDown) sendText(req, res, typed, error);
  else await answerWithTyped(req, res, { typed, error, pages: req.findFormPages?.(typed.to, typed.fields) ?? [] });
  return true;
}

/**
 * Chooses the input to keep. A page that asks for a login may contain input that was typed before, which takes
 * precedence. Only a login form that is rendered again keeps its own login name together with that earlier input.
 */
const whatCounts = (req: Request, sent: Typed): Typed =>
  (req.user || sent.to !== "/login" ? readCarried(req) : null) ?? sent;

/** Responds at once with the input as text. Uses only what has arrived, and makes no database call. */
export function answerRefusedFormNow(req: Request, res: Response, error: HttpError): boolean {
  const typed = readTypedSoFar(req);
  if (!typed || !hasTypedText(typed)) return false;
  sendText(req, res, typed, error);
  return true;
}

type State = { isDatabaseDown: boolean };
type Refused = { typed: Typed; error: HttpError; pages: string[] };

/** Gives the input back in the best way that works. */
export async function answerWithTyped(req: Request, res: Response, { typed, error, pages }: Refused): Promise<void> {
  const { heading, message } = getText(error);
  res.locals.refusal = { heading, message, requestId: req.id, typed: null } satisfies Refusal;
  if (error instanceof ProofNeeded && (await drawDoorway(req, res, typed, pathIn(error.to)))) return;
  if (isOthers(req, typed)) return sendSealed(req, res, typed);
  if (isOfEndedImpersonation(req, typed)) return sendToImpersonator(req, res, typed, error);
  if (await drawForm(req, res, typed, pages)) return;
  sendText(req, res, typed, error);
}

/**
 * Shows what an admin typed during impersonation as text to copy, after a login if needed. Never fills in a form with
 * it.
 */
async function sendToImpersonator(req: Request, res: Response, typed: Typed, error: HttpError): Promise<void> {
  if (!req.user && (await drawDoorway(req, res, typed, "/login"))) return;
  sendText(req, res, typed, isExpired(error) || error.status === 422 ? new ImpersonationEnded() : error);
}

/** Renders the first page that can show the form, with the input. */
async function drawForm(req: Request, res: Response, typed: Typed, pages: string[]): Promise<boolean> {
  for (const [index, page] of pages.entries()) {
    const visit = await req.visit?.(page);
    if (visit?.kind === "redirect") {
      if (await drawDoorway(req, res, typed, pathIn(visit.to))) return true;
    }
    const form = visit?.kind === "view" ? fillForm(visit.values.form, typed) : null;
    if (visit?.kind !== "view" || !form) continue;
    res.locals.path = page;
    if (index > 0) Object.assign(res.locals.refusal, isGone);
    res.render(visit.view, { ...visit.values, form });
    return true;
  }
  return false;
}

/** Renders the page that asks for a login, with the encrypted input in its form. */
async function drawDoorway(req: Request, res: Response, typed: Typed, to: string): Promise<boolean> {
  const visit = doorways.includes(to) ? await req.visit?.(to) : undefined;
  if (visit?.kind !== "view") return false;
  const isLogin = to === "/login";
  const refusal = res.locals.refusal as Refusal;
  const isShown = hasTypedText(typed) && !req.carried?.typed; // carried input may be another user's
  res.locals.refusal = { ...refusal, ...(isLogin && loggedOut), typed: isShown ? getReadableFields(typed) : null };
  res.locals.carried = { typed: sealTyped(typed) };
  res.locals.path = to;
  res.render(visit.view, visit.values);
  return true;
}

/** Shows the input as text if no form can be rendered. */
function sendText(req: Request, res: Response, typed: Typed, error: Pick<HttpError, "heading" | "message">): void {
  if (isOthers(req, typed)) {
    sendSealed(req, res, typed);
    return;
  }
  const { heading, message } = isExpired(error) ? expiredForm : error;
  const isHidden = !req.user && typed.isSealed === true; // only its own user may read it
  const again = res.statusCode >= 500 || isHidden ? findAgain(req, typed) : null;
  if (again) res.locals.sentToken = readToken(req);
  res.locals.refusal = null;
  res.render("errors/typed", {
    status: res.statusCode,
    heading,
    message,
    requestId: req.id,
    typed: isHidden ? null : getReadableFields(typed),
    again,
  });
}

/** Keeps another user's input encrypted. This user cannot see it; it returns when the other user logs in. */
function sendSealed(req: Request, res: Response, typed: Typed): void {
  res.locals.refusal = null;
  res.locals.carried = { typed: sealTyped(typed), returnTo: null };
  res.render("errors/others", { status: res.statusCode, username: req.user?.username, requestId: req.id });
}

/**
 * Returns the form that sends the input again, or the page that asks for a secret if the form contained one, because
 * secrets are never rendered.
 */
function findAgain(req: Request, { to, fields }: Typed) {
  if (readCarried(req)) return { to: pathIn(req.originalUrl), fields: {} };
  return isWhole(req) ? { to, fields } : null;
}

/** Returns true if the form can be sent again unchanged, because it contains no secrets. Secrets are never rendered. */
const isWhole = (req: Request) => !Object.keys((req.body ?? {}) as object).some(isSecretField);

const pathIn = (address: string) => address.split("?")[0] ?? "";
/** Returns true if another user typed it, or the same user with another impersonation or none. */
export const isOthers = (req: Request, typed: Typed) =>
  typed.owner !== "" &&
  req.user !== undefined &&
  !isDrawnHere(req, typed) &&
  (req.impersonator !== undefined || !isTypedBy(req, typed));

/** Returns true if an admin typed it during an impersonation that has ended. */
const isOfEndedImpersonation = (req: Request, typed: Typed) => Boolean(typed.subject) && !isDrawnHere(req, typed);

const loggedOut = {
  heading: "You are logged out",
  message: "Nothing was changed, and we've kept what you typed. Log in to see it in the form again.",
};
const isGone = {
  heading: "This can no longer be changed",
  message:
    "It was deleted, or you no longer have access to it. Nothing was saved, but we've kept what you typed. You can save it as a new post.",
};

const expiredForm = {
  heading: "This form has expired",
  message: "Nothing was changed. Copy what you typed, open the form again and send it.",
};

/** Returns true if the session or token has expired, and false for problems of the browser (refusals.ts). */
const isExpired = (error: object) => error.constructor === ForgedRequest;

const getText = (error: HttpError) =>
  isExpired(error)
    ? {
        heading: "This form has expired",
        message: "Nothing was changed. What you typed is still here: check it and send it again.",
      }
    : { heading: error.heading, message: error.message };
