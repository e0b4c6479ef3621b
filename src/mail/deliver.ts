import { createTransport, type Transporter } from "nodemailer";
import { config } from "../config.js";
import { log } from "../log.js";
import { KeptMail } from "../models/kept-mail.js";
import { type Purpose, Token } from "../models/token.js";
import { type Written, writeMail } from "./render.js";

/** A mail to be written and sent. */
export type Mail = {
  /** Its view, in views/mail. */
  view: string;
  to: string;
  locals: Record<string, unknown>;
  /** The ids of tokens that become links of the same name. */
  links?: Record<string, string>;
};

const SECONDS = 1_000;
const PERMANENT = 500;

/** Writes a mail and sends it, or keeps it for /dev/mailbox where there is no SMTP_URL. @throws to be tried again */
export async function deliver({ view, to, locals, links = {} }: Mail): Promise<void> {
  const sealed: Record<string, string> = {};
  for (const [name, id] of Object.entries(links)) {
    const token = await Token.seal(id);
    if (!token) return log.info({ event: "mail.obsolete", view }, "the mail's link is void by now");
    sealed[name] = linkTo(token);
  }
  const mail = writeMail(view, { ...locals, ...sealed });
  if (config.smtpUrl) await sendBySmtp(to, mail);
  else if (config.production) throw new Error("SMTP_URL is not set: the mail waits in the queue");
  else await KeptMail.keep({ to, ...mail });
  log.info({ event: "mail.sent", view }, "mail sent");
}

/** Links are built from the configured address, never from what a request says (SECURITY). */
const linkTo = ({ secret, purpose }: { secret: string; purpose: Purpose }) =>
  `${config.baseUrl.origin}/${purpose}/${secret}`;

let transport: Transporter | undefined;

function smtp(): Transporter {
  transport ??= createTransport(
    {
      url: config.smtpUrl ?? "",
      requireTLS: !isLoopback(new URL(config.smtpUrl ?? "").hostname),
      connectionTimeout: 10 * SECONDS,
      greetingTimeout: 10 * SECONDS,
      socketTimeout: 30 * SECONDS,
    } as object,
    { from: config.mailFrom, headers: { "Auto-Submitted": "auto-generated" } },
  );
  return transport;
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

async function sendBySmtp(to: string, { subject, html, text }: Written): Promise<void> {
  try {
    await smtp().sendMail({ to: { name: "", address: to }, subject, html, text });
  } catch (error) {
    const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
    if (code !== "EENVELOPE" || responseCode < PERMANENT) throw error;
    log.warn({ event: "mail.refused", status: responseCode }, "the receiver's server refuses the mail for good");
  }
}
