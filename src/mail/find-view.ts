import { basename } from "node:path";
import { root } from "../config/index.js";
import { listViewNames } from "../lib/view-engine.js";

/**
 * Earlier names of emails. A job contains the name of a view, and may wait during an update or be retried for a day.
 * When a view is renamed, add its old name here.
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

/** The views of all emails by name. Jobs do not contain folders, so a view can move to another folder. */
const views = new Map(
  listViewNames(`${root}views`)
    .filter((path) => path.startsWith("mail/"))
    .map((path) => [basename(path), path]),
);

/** Returns the path of an email's view. @param name as in the job @throws Error for an unknown name */
export function findView(name: string): string {
  const view = views.get(renamed.get(name) ?? name);
  if (!view) throw new Error(`There is no email called ${name}`);
  return view;
}
