import type { Transporter } from "nodemailer";
import { config } from "../config/index.js";
import type { Outcome } from "../definitions/outcomes.js";
import { getRequestId } from "../lib/async/requester.js";
import { withTimeout } from "../lib/async/timeout.js";
import { loadLater } from "../lib/load-later.js";
import { isLoopback } from "../lib/network/loopback.js";
import { log } from "../log.js";
import { createMailSlots } from "./concurrency.js";
import type { WrittenMail } from "./render.js";
import { createUnsubscribeHeaders } from "./unsubscribe.js";

const nodemailer = loadLater<typeof import("nodemailer")>("nodemailer");

const SECONDS = 1_000;
const WITHIN_MS = 60 * SECONDS;
const PERMANENT = 500;

/**
 * Asks email programs not to reply automatically, by the standard header (RFC 3834) and the one of Exchange and
 * Outlook.
 */
const nobodyAnswers = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };

/**
 * Opens a connection to a mail server. It must use TLS with a valid certificate, unless the server is on this machine.
 * @param connectWithinMs time limit of the connection, and again of the greeting
 */
export function openSmtp(
  { hostname, port, protocol, username, password }: URL,
  connectWithinMs = 10 * SECONDS,
): Transporter {
  const isLocal = isLoopback(hostname);
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return nodemailer().createTransport(
    {
      host: hostname.replace(/[[\]]/g, ""),
      ...(port && { port: Number(port) }),
      ...(username && { auth }),
      secure: protocol === "smtps:",
      requireTLS: !isLocal,
      ignoreTLS: isLocal,
      connectionTimeout: connectWithinMs,
      greetingTimeout: connectWithinMs,
      socketTimeout: 30 * SECONDS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    {
      from: config.mailFrom,
      ...(config.contactAddress && { replyTo: { name: "", address: config.contactAddress } }),
      headers: nobodyAnswers,
    },
  );
}

let transport: Transporter | undefined;
const fromAPlace = createMailSlots();
const getDomain = (address: string) => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/**
 * Sends an email through the mail server.
 * @param about.id part of the Message-ID, by which the recipient's server can detect a duplicate
 * @param about.unsubscribe the address that turns off emails of this kind, if there is one
 * @returns "rejected" if the recipient's address is refused permanently
 * @throws Error if it has to be retried
 */
export async function sendBySmtp(
  server: string,
  { to, id, unsubscribe }: { to: string; id: string; unsubscribe?: string | undefined },
  { subject, html, text }: WrittenMail,
): Promise<Outcome<"done" | "rejected">> {
  const messageId = `<${id}@${config.baseUrl.hostname}>`;
  transport ??= openSmtp(new URL(server));
  const way = transport;
  try {
    await fromAPlace(getDomain(to), async (stop) => {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(WITHIN_MS)]);
      const headers = unsubscribe === undefined ? {} : createUnsubscribeHeaders(unsubscribe);
      await way.sendMail({ to: { name: "", address: to }, messageId, headers, subject, html, text, signal });
    });
    return "done";
  } catch (error) {
    const { code, responseCode = 0, command } = error as Refusal;
    if (responseCode === 0) throw error;
    if (command !== "RCPT TO" || responseCode < PERMANENT) {
      throw new Error(`The mail server answers ${responseCode} to ${command} (${code})`); // its own text contains the address
    }
    const about = { event: "mail.refused", status: responseCode, request: getRequestId() };
    log.warn(about, "the recipient's address was permanently refused");
    return "rejected";
  }
}

type Refusal = { code?: string; responseCode?: number; command?: string };

/**
 * Connects to a mail server, with its greeting, TLS and login, and sends nothing.
 * @throws Error of nodemailer, with a code
 * @throws DeadlineExceeded after `withinMs`
 */
export async function verifySmtp(server: string, withinMs: number): Promise<void> {
  const once = openSmtp(new URL(server), withinMs);
  try {
    await withTimeout(once.verify(), withinMs);
  } finally {
    once.close();
  }
}

/** Closes the connections to the mail server. */
export function closeSmtp(): void {
  transport?.close();
  transport = undefined;
}
