import { basename } from "node:path";
import { root } from "../config/index.js";
import { listViewNames } from "../lib/view-engine.js";

/**
 * Names that an email had before. Emails that wait in the queue while the application is updated name their view so, and a
 * failed one is tried again for a day: whoever renames a view adds its name here.
 */
const renamed = new Map([
  ["confirm-email", "email-confirmation"],
  ["confirm-new-email", "email-change"],
  ["email-change-asked", "email-undo"],
  ["address-corrected", "email-confirmation-corrected"],
  ["remembered-elsewhere", "remember-me-copied"],
  ["refreshed-elsewhere", "refresh-token-copied"],
  ["token-made", "api-token-created"],
  ["token-revoked", "api-token-revoked"],
  ["token-ends", "api-token-expiring"],
  ["powers-changed", "roles-changed"],
  ["locked-with-reason", "user-disabled"],
  ["unlocked", "user-enabled"],
  ["reset-offered", "password-reset-offered"],
  ["account-locked", "login-throttled"],
  ["account-deleted", "deletion-done"],
]);

/** The views of all emails, by their names: the queue knows no folders, so that a view may move from one to another. */
const views = new Map(listViewNames(`${root}views/mail`).map((path) => [basename(path), `mail/${path}`]));

/** Where the view of an email is, in views. @param name as the queue has it */
export function findView(name: string): string {
  const view = views.get(renamed.get(name) ?? name);
  if (!view) throw new Error(`There is no email called ${name}`);
  return view;
}
