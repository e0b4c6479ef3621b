import { config } from "../config.js";
import { log } from "../log.js";
import { KeptMail } from "../models/kept-mail.js";
import { type Purpose, Token } from "../models/token.js";
import { writeMail } from "./render.js";
import { sendBySmtp } from "./smtp.js";

/** A mail to be written and sent. */
export type Mail = {
  /** Its view, in views/mail. */
  view: string;
  to: string;
  locals: Record<string, unknown>;
  /** The ids of tokens that become links of the same name. */
  links?: Record<string, string>;
};

/**
 * Writes a mail and sends it, or keeps it for /dev/mailbox where there is no SMTP_URL.
 * @param id the same for each try to send this mail
 * @throws to be tried again
 */
export async function deliver({ view, to, locals, links = {} }: Mail, id: string): Promise<void> {
  if (config.production && !config.smtpUrl) throw new Error("SMTP_URL is not set: the mail waits in the queue");
  const sealed: Record<string, string> = {};
  for (const [name, token] of Object.entries(links)) {
    const link = await Token.seal(token);
    if (!link) return log.info({ event: "mail.obsolete", view }, "the mail's link is void by now");
    sealed[name] = addressOf(link);
  }
  const mail = writeMail(view, { ...locals, ...sealed });
  if (config.smtpUrl) await sendBySmtp(config.smtpUrl, to, id, mail);
  else await KeptMail.keep({ to, ...mail });
  log.info({ event: "mail.sent", view }, "mail sent");
}

/** Links are built from the configured address, never from what a request says (SECURITY). */
const addressOf = ({ secret, purpose }: { secret: string; purpose: Purpose }) =>
  `${config.baseUrl.origin}/${purpose}/${secret}`;
