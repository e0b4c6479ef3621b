import { getSitePart } from "../definitions/site-part.js";

/**
 * Which addresses of a user each email goes to. An email without a row does not compile.
 * - each: the primary email and the recovery email. For everything that an intruder may have done, or that could surprise
 *   the owner. Each copy has links of its own, so that "This wasn't me" works from both mailboxes.
 * - one: the address that the email is about, or that was typed.
 */
export const audiences = {
  // Links to an address that must be proven, and answers about the address that was typed.
  "email-confirmation": "one",
  "email-change": "one",
  "recovery-email": "one",
  "password-reset": "one",
  "account-disabled": "one",
  "already-registered": "one",
  "no-account": "one",
  "email-confirmation-corrected": "one", // the address was never confirmed, so there is no other
  invitation: "one",
  // A link that gives access is sent once. Admins send it to the address that they see as the user's.
  "password-reset-offered": "one",
  "account-opened": "one",
  // To the primary email: the new address has just confirmed this itself.
  "recovery-email-added": "one",
  "account-secured": "one", // the other address gets the link for a new password
  // Reminders and news, no security notices.
  "api-token-expiring": "one",
  "new-comment": "one",
  "audit-head": "one", // to AUDIT_ADDRESS
  "webhook-paused": "one",
  "password-changed": "each",
  "password-removed": "each",
  "email-undo": "each",
  "email-changed": "each",
  "recovery-email-removed": "each",
  "new-device": "each",
  "login-throttled": "each",
  "remember-me-copied": "each",
  "refresh-token-copied": "each",
  "authenticator-added": "each",
  "authenticator-removed": "each",
  "recovery-codes-created": "each",
  "recovery-code-used": "each",
  "passkey-added": "each",
  "passkey-removed": "each",
  "factor-throttled": "each",
  "factors-reset": "each",
  "factor-recovery": "each", // the link only starts a waiting period
  "factor-recovery-started": "each",
  "factor-recovery-cancelled": "each",
  "factor-recovery-finished": "each",
  "api-token-created": "each",
  "api-token-revoked": "each",
  "export-ready": "each",
  "deletion-planned": "each",
  "deletion-imposed": "each",
  "deletion-done": "each",
  "user-disabled": "each",
  "user-enabled": "each",
  "user-renamed": "each",
  "roles-changed": "each",
  ...getSitePart("mails"),
} as const satisfies Record<string, "one" | "each">;

type Audiences = typeof audiences;
/** The emails of the site. */
export type SiteMail = Extract<keyof ReturnType<typeof getSitePart<"mails">>, keyof Audiences>;
export type ViewFor<Audience extends "one" | "each"> = {
  [View in keyof Audiences]: Audiences[View] extends Audience ? View : never;
}[keyof Audiences];
