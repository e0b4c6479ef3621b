import { config } from "../../config/index.js";
import { TooManyRequests } from "../../errors.js";
import { digest } from "../../lib/secrets.js";
import { formatEmail } from "../../lib/text/email-address.js";
import { log } from "../../log.js";
import { consume } from "../../models/rate-limit.js";
import { User } from "../../models/user.js";

/** Forms that send an email to the address typed into them, or to the address of the account that they are about. */
export type MailForm =
  | "registration"
  | "email-confirmation"
  | "email-change"
  | "recovery-email"
  | "password-reset"
  | "invitation"
  | "factor-recovery";

/**
 * The user who fills in such a form: a stranger, or the owner of an account (its id). Owners are logged in, or use a
 * browser that has logged in to the account or registered it.
 */
export type MailRequester = "stranger" | { own: string };

const PER_ADDRESS_AND_FORM = { points: 5, durationSeconds: 3600 };

/**
 * Takes one email from the budget of this form and email address. Services call it before any lookup and stop if it
 * returns false, so that what they do depends on the request, never on who owns the email (ASVS V6.3.8). All strangers
 * share one budget, so they cannot flood a mailbox. Only the owner can use the owner's budget.
 *
 * Example: strangers request a password reset for ada@example.org five times; the sixth request sends nothing. Ada uses
 * her own browser (`{ own: ada.id }`) and still gets her email. An email without an account behaves in the same way.
 */
export async function takeMail(form: MailForm, email: string, asker: MailRequester): Promise<boolean> {
  return (await take(form, email, asker)) === null;
}

/**
 * Takes one email and throws if the budget is used up. For admins, who have budgets of their own.
 * @throws TooManyRequests
 */
export async function demandMail(form: MailForm, email: string, asker: MailRequester): Promise<void> {
  const pauseMs = await take(form, email, asker);
  if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
}

/** An author gets at most this many emails about comments, for all posts together. */
const PER_AUTHOR = { points: 10, durationSeconds: 3600 };

/** Takes one email about a comment from the budget of a post's author. Returns false if it is used up. */
export const takeCommentMail = async (author: string): Promise<boolean> =>
  !config.rateLimits || (await consume("commentMails", author, PER_AUTHOR)) === null;

async function take(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  if (!config.rateLimits) return null;
  const pauseMs = (await takeFromAsker(form, email, asker)) ?? (await takeFromUnproven(form, email, asker));
  if (pauseMs !== null) log.info({ event: "mail.held", form }, "the email budget of this address is used up");
  return pauseMs;
}

function takeFromAsker(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  const [name, who] = asker === "stranger" ? ["mailsTo", ""] : ["mailsToOwn", asker.own];
  return consume(name, digest(`${form} ${email} ${who}`), PER_ADDRESS_AND_FORM);
}

/**
 * Users can type any email into these forms as their own. So all accounts share one budget for each email.
 * Otherwise, many accounts with a budget each could flood a mailbox.
 */
async function takeFromUnproven(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  if (asker === "stranger" || !unproven.includes(form)) return null;
  return consume("mailsToUnproven", digest(email), PER_ADDRESS_AND_FORM);
}
const unproven: MailForm[] = ["email-confirmation", "email-change", "recovery-email"];

/** Identifies the requester by the accounts that the browser has logged in to. Always makes exactly one read. */
export async function findRequester(email: string, here: string[]): Promise<MailRequester> {
  const own = await User.findAmong(here, email);
  return own ? { own } : "stranger";
}

/** The notice after every request for an email. It is also true if the budget was used up. */
export const mailNotice = (email: string) =>
  `We've sent an email to ${formatEmail(email)}, unless we already sent ${PER_ADDRESS_AND_FORM.points} there in the last hour.`;
