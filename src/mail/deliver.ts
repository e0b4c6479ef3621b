import { config } from "../config/index.js";
import { log } from "../log.js";
import { KeptMail } from "../models/dev-mail.js";
import { Invitation } from "../models/invitation.js";
import { Token } from "../models/mailed-link.js";
import { writeMail } from "./render.js";
import { sendBySmtp } from "./smtp.js";
import type { MailValues } from "./values.js";

/** A mail to be written and sent. */
export type Mail = {
  /** Its view, in views/mail. */
  view: string;
  to: string;
  locals: MailValues;
  /** The ids of tokens, or of an invitation, that become links of the same name. */
  links?: Record<string, string | { invitation: string }>;
};

/** Whether there is a way for mails: in production, not without SMTP_URL. */
export const canDeliver = () => config.smtpUrl !== undefined || !config.production;

/** Views that had another name in 0.1.0: emails that wait in the queue while the application is updated name them so. */
const renamed: Record<string, string> = {
  "confirm-email": "email-confirmation",
  "confirm-new-email": "email-change",
  "address-corrected": "email-confirmation-corrected",
  "remembered-elsewhere": "remember-me-copied",
  "refreshed-elsewhere": "refresh-token-copied",
  "token-made": "api-token-created",
  "token-revoked": "api-token-revoked",
  "token-ends": "api-token-expiring",
  "powers-changed": "roles-changed",
  "locked-with-reason": "user-disabled",
  unlocked: "user-enabled",
  "reset-offered": "password-reset-offered",
  "account-locked": "login-throttled",
  "account-deleted": "deletion-done",
};

/**
 * Writes a mail and sends it, or keeps it for /dev/mailbox where there is no SMTP_URL.
 * @param id the same for each try to send this mail
 * @throws to be tried again
 */
export async function deliver({ view, to, locals, links = {} }: Mail, id: string): Promise<void> {
  if (!canDeliver()) throw new Error("SMTP_URL is not set: the mail waits in the queue");
  const sealed: Record<string, string> = {};
  for (const [name, token] of Object.entries(links)) {
    const address = await addressOf(token);
    if (!address) return log.info({ event: "mail.obsolete", view }, "the mail's link is void by now");
    sealed[name] = address;
  }
  const mail = writeMail(renamed[view] ?? view, { ...locals, ...sealed });
  const outcome = config.smtpUrl
    ? await sendBySmtp(config.smtpUrl, to, id, mail)
    : await KeptMail.keep(id, { to, ...mail });
  if (outcome !== "rejected") log.info({ event: "mail.sent", view }, "mail sent");
}

/**
 * The address with a secret made now; null when it would be good for nothing by now. It is built from the configured
 * origin, never from what a request says (SECURITY).
 */
async function addressOf(link: string | { invitation: string }): Promise<string | null> {
  const { origin } = config.baseUrl;
  if (typeof link === "string") {
    const token = await Token.seal(link);
    return token && `${origin}/${token.purpose}/${token.secret}`;
  }
  const secret = await Invitation.seal(link.invitation);
  return secret && `${origin}/invitations/${secret}`;
}
