import { config } from "../config/index.js";
import { getRequestId } from "../lib/async/requester.js";
import { log } from "../log.js";
import { countEmail, type DeliveryLabel } from "../metrics/emails.js";
import { DevMail } from "../models/dev-mail.js";
import { Invitation } from "../models/invitation.js";
import { MailedLink } from "../models/mailed-link.js";
import { writeMail } from "./render.js";
import { sendBySmtp } from "./smtp.js";
import { createUnsubscribeUrl } from "./unsubscribe.js";
import type { MailValues } from "./values.js";

/** An email to be written and sent. */
export type Mail = {
  /** Name of the view, without its folder in views/mail. */
  view: string;
  to: string;
  locals: MailValues;
  /** Ids of mailed links, or of an invitation, that become links with these names. */
  links?: Record<string, string | { invitation: string }>;
  /**
   * The id of the user who can unsubscribe from emails of this kind. It is not one of the links, because 0.2.0 drops
   * emails with links that it does not know, and this email could be delivered by it during a rolling upgrade.
   */
  unsubscribe?: string;
};

/** Returns true if emails can be delivered: in production, SMTP_URL is required. */
export const canDeliver = () => config.smtpUrl !== undefined || !config.production;

/**
 * Renders an email and sends it. Without SMTP_URL, stores it for /dev/mailbox.
 * @param id the same for each attempt to send this email
 * @throws Error if the email must be retried
 */
export async function deliver(mail: Mail, id: string): Promise<void> {
  try {
    countEmail(await send(mail, id));
  } catch (error) {
    countEmail("failed");
    throw error;
  }
}

async function send({ view, to, locals, links = {}, unsubscribe: user }: Mail, id: string): Promise<DeliveryLabel> {
  if (!canDeliver()) throw new Error("SMTP_URL is not set: the email waits in the queue");
  const sealed: Record<string, string> = {};
  for (const [name, token] of Object.entries(links)) {
    const address = await makeLinkUrl(token);
    if (!address) {
      log.info({ event: "mail.obsolete", view, request: getRequestId() }, "the link in the email is no longer valid");
      return "obsolete";
    }
    sealed[name] = address;
  }
  if (user) sealed.unsubscribe = createUnsubscribeUrl({ id: user, email: to });
  const mail = writeMail(view, { ...locals, ...sealed });
  const outcome = config.smtpUrl
    ? await sendBySmtp(config.smtpUrl, { to, id, unsubscribe: sealed.unsubscribe }, mail)
    : await DevMail.keep(id, { to, ...mail });
  if (outcome === "rejected") return "rejected";
  log.info({ event: "mail.sent", view, request: getRequestId() }, "email sent");
  return "sent";
}

/**
 * Returns a link with a new secret; null if it is no longer valid. Its origin is always the configured one and never
 * comes from a request (SECURITY).
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
