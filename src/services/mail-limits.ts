import { config } from "../config/index.js";
import { TooManyRequests } from "../errors.js";
import { digest } from "../lib/secrets.js";
import { formatEmail } from "../lib/text/email-address.js";
import { log } from "../log.js";
import { consume } from "../models/rate-limit.js";
import { User } from "../models/user.js";

/** Forms that send an email to the address typed into them. */
export type MailForm = "registration" | "email-confirmation" | "email-change" | "password-reset" | "invitation";

/**
 * Who fills in such a form: a stranger, or a user with an own email (their id). The user is logged in, or uses a
 * browser that has logged in to the account or registered it.
 */
export type MailRequester = "stranger" | { own: string };

const PER_ADDRESS_AND_FORM = { points: 5, durationSeconds: 3600 };

/**
 * Takes one email from the budget of this form and email. Services call it before they look anything up, and do nothing
 * more if it returns false: what is sent and done depends on the request, never on whose email it is (ASVS
 * V6.3.8). All strangers share one budget, so a mailbox cannot be flooded; only the owner can use the owner's budget.
 *
 * Example: strangers request a password reset for ada@example.org five times; the sixth request sends nothing. Ada uses her own
 * browser (`{ own: ada.id }`) and gets her email. An email without an account behaves in the same way.
 */
export async function takeMail(form: MailForm, email: string, asker: MailRequester): Promise<boolean> {
  return (await take(form, email, asker)) === null;
}

/** The same for admins, who learn when the budget is used up; no other user can use up theirs. @throws TooManyRequests */
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
  if (pauseMs !== null) log.info({ event: "mail.held", form }, "the address had enough emails for now");
  return pauseMs;
}

function takeFromAsker(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  const [name, who] = asker === "stranger" ? ["mailsTo", ""] : ["mailsToOwn", asker.own];
  return consume(name, digest(`${form} ${email} ${who}`), PER_ADDRESS_AND_FORM);
}

/**
 * Users may type any email into these two forms as their own. All accounts share one budget per email; otherwise many
 * accounts, each with its own budget, could flood a mailbox.
 */
async function takeFromUnproven(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  if (asker === "stranger" || !unproven.includes(form)) return null;
  return consume("mailsToUnproven", digest(email), PER_ADDRESS_AND_FORM);
}
const unproven: MailForm[] = ["email-confirmation", "email-change"];

/** Finds out who asks, by the accounts that the browser has logged in to. Always one read, whatever it finds. */
export async function findRequester(email: string, here: string[]): Promise<MailRequester> {
  const own = await User.findAmong(here, email);
  return own ? { own } : "stranger";
}

/** The notice after every request for an email. It is true even if the budget was used up. */
export const mailNotice = (email: string) =>
  `We've sent an email to ${formatEmail(email)}, unless we already sent ${PER_ADDRESS_AND_FORM.points} there in the last hour.`;
