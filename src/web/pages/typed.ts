import { parse } from "node:querystring";
import type { Request, Response } from "express";
import { config } from "../../config/index.js";
import { isSecretField } from "../../definitions/secret-fields.js";
import type { Form } from "../../forms/form.js";
import { seal, unseal } from "../../lib/encrypted.js";
import { isOnceKey } from "../../lib/once-keys.js";
import { compose } from "../compose.js";
import { type DrawnFor, getFormOwner, getFormSubject, isForeign, isOpenedElsewhere } from "../csrf.js";
import { isSafe } from "../mount.js";
import { parseForms, rejectNonForms } from "../server/body-parsers.js";
import { getWantedPage } from "./return-to.js";

export type Fields = Record<string, string | string[]>;
/**
 * Input of a form, without secrets: the form's address, its fields, and marks of the user who filled it in
 * (web/csrf.ts). `isSealed` is true if it comes from an earlier page; it may then be another user's.
 */
export type Typed = DrawnFor & { to: string; fields: Fields; version?: string | undefined; isSealed?: boolean };

const PURPOSE = "what was typed";
const readForm = compose(rejectNonForms, parseForms);

/** Returns the input of this request's form. Reads the body if needed. Returns null if another site sent the form. */
export async function readTyped(req: Request, res: Response): Promise<Typed | null> {
  if (isSafe(req) || isOthersForm(req)) return null;
  if (!req.isBodyRead && !req.body) await new Promise<void>((read) => void readForm(req, res, () => read()));
  return toTyped(req);
}

/** Returns the input without waiting for the body. It has no fields if the form has not fully arrived. */
export function readTypedSoFar(req: Request): Typed | null {
  if (isSafe(req) || isOthersForm(req)) return null;
  if (!req.isBodyRead && req.complete && req.is("urlencoded")) req.body = parse(String(req.read() ?? ""));
  return toTyped(req);
}

/** Returns true if another site sent the form. Our own site under another name does not count. */
const isOthersForm = (req: Request) => isForeign(req) && !isOpenedElsewhere(req);

function toTyped(req: Request): Typed {
  const [to = "/"] = req.originalUrl.replace(/^https?:\/\/[^/?]*/i, "").split("?"); // routers shorten req.path
  const drawnFor = { owner: getFormOwner(req), subject: getFormSubject(req) };
  return { to, fields: shownFields(req.body), ...drawnFor, version: versionSent(req) };
}

function versionSent(req: Request): string | undefined {
  const version: unknown = req.body?._version;
  return typeof version === "string" ? version : undefined;
}

/** Returns the fields that may be rendered again: only text, no secrets and no files. */
function shownFields(body: unknown): Fields {
  const isText = (value: unknown): value is string | string[] =>
    typeof value === "string" || (Array.isArray(value) && value.every((one) => typeof one === "string"));
  const given = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    given.flatMap(([name, value]) =>
      /^[a-z]\w{0,40}$/i.test(name) && !isSecretField(name) && isText(value) ? [[name, value]] : [],
    ),
  );
}

/** Hidden fields are sent again with their form, but are never shown. */
const unseen = ["once", "ids", "list"];

/** Returns the fields that a user would read and copy. */
export const getReadableFields = ({ fields }: Typed): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !unseen.includes(name)));

/** Returns true if the input contains anything that a user would miss. */
export const hasTypedText = (typed: Typed): boolean =>
  Object.values(getReadableFields(typed)).some((value) => value.length > 0);

/** Encrypts the input. The login form contains it and sends it back, so nothing is stored. */
export const sealTyped = (typed: Typed): string => seal(typed, config.sessionSecrets[0] ?? "", PURPOSE);

/** Returns the input that a login form sent back, or null. */
export function readCarried(req: Request): Typed | null {
  const text = req.carried?.typed;
  const typed = typeof text === "string" && (unseal(text, config.sessionSecrets, PURPOSE) as Typed | undefined);
  return typed ? { ...typed, isSealed: true } : null;
}

/** Fills a form with the input. Returns null if the input belongs to another form. */
export function fillForm(form: unknown, { fields, version }: Typed): Form | null {
  const { fields: blank, errors = [], version: now } = (form ?? {}) as Partial<Form>;
  if (!blank || !Object.keys(fields).every((name) => name in blank)) return null;
  const draw = (name: string) => {
    const { values, ...field } = blank[name] as Form["fields"][string];
    const typed = name === "once" && !isOnceKey(fields.once) ? undefined : fields[name];
    if (typed === undefined) return values ? { ...field, values: [] } : field; // browsers do not send unticked boxes
    return Array.isArray(typed) ? { ...field, values: typed } : { ...field, value: typed };
  };
  const all = Object.fromEntries(Object.keys(blank).map((name) => [name, draw(name)]));
  return { fields: all, errors, version: now && (version ?? now) }; // sending it detects a change in between
}

/** Returns what the forms of this page must contain: earlier input from this request, and the page to go to next. */
export function getCarried(req: Request): { typed?: string; returnTo: string | null } {
  const text = readCarried(req) && req.carried?.typed;
  return { ...(typeof text === "string" && { typed: text }), returnTo: getWantedPage(req) };
}
