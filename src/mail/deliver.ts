import { config } from "../config/index.js";
import { log } from "../log.js";
import { DevMail } from "../models/dev-mail.js";
import { Invitation } from "../models/invitation.js";
import { MailedLink } from "../models/mailed-link.js";
import { writeMail } from "./render.js";
import { sendBySmtp } from "./smtp.js";
import type { MailValues } from "./values.js";

/** A mail to be written and sent. */
export type Mail = {
  /** The name of its view, without its folder in views/mail. */
  view: string;
  to: string;
  locals: MailValues;
  /** The ids of tokens, or of an invitation, that become links of the same name. */
  links?: Record<string, string | { invitation: string }>;
};

/** Whether there is a way for mails: in production, not without SMTP_URL. */
export const canDeliver = () => config.smtpUrl !== undefined || !config.production;

/**
 * Writes a mail and sends it, or keeps it for /dev/mailbox where there is no SMTP_URL.
 * @param id the same for each try to send this mail
 * @throws to be tried again
 */
export async function deliver({ view, to, locals, links = {} }: Mail, id: string): Promise<void> {
  if (!canDeliver()) throw new Error("SMTP_URL is not set: the email waits in the queue");
  const sealed: Record<string, string> = {};
  for (const [name, token] of Object.entries(links)) {
    const address = await makeLinkUrl(token);
    if (!address) return log.info({ event: "mail.obsolete", view }, "the link in the email is no longer valid");
    sealed[name] = address;
  }
  const mail = writeMail(view, { ...locals, ...sealed });
  const outcome = config.smtpUrl
    ? await sendBySmtp(config.smtpUrl, to, id, mail)
    : await DevMail.keep(id, { to, ...mail });
  if (outcome !== "rejected") log.info({ event: "mail.sent", view }, "email sent");
}

/**
 * The address with a secret made now; null when it would be good for nothing by now. It is built from the configured
 * origin, never from what a request says (SECURITY).
 */
async function makeLinkUrl(link: string | { invitation: string }): Promise<string | null> {
  const { origin } = config.baseUrl;
  if (typeof link === "string") {
    const token = await MailedLink.revealForMail(link);
    return token && `${origin}/${token.purpose}/${token.secret}`;
  }
  const secret = await Invitation.revealForMail(link.invitation);
  return secret && `${origin}/invitations/${secret}`;
}
