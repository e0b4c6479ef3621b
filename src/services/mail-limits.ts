import { config } from "../config/index.js";
import { TooManyRequests } from "../errors.js";
import { digest } from "../lib/secrets.js";
import { formatEmail } from "../lib/text/email-address.js";
import { log } from "../log.js";
import { consume } from "../models/rate-limit.js";
import { User } from "../models/user.js";

/** The forms that send an email to the address that was typed into them. */
export type MailForm = "registration" | "email-confirmation" | "email-change" | "password-reset" | "invitation";

/**
 * Who fills in such a form: any stranger, or a user about an address of their own (their id): logged in, or with a browser
 * that has logged in to the account or signed up for it.
 */
export type MailRequester = "stranger" | { own: string };

const PER_ADDRESS_AND_FORM = { points: 5, durationSeconds: 3600 };

/**
 * Takes one email from the budget of this form and address. Services call it before they look anything up, and do nothing
 * more when it answers false: what is sent and done depends on what was asked for, never on whose the address is (ASVS
 * V6.3.8). All strangers share one budget, so a mailbox cannot be flooded; nobody but the owner can use the owner's.
 *
 * Example: strangers ask five times for a reset of ada@example.org; the sixth time nothing is sent. Ada asks from her own
 * browser (`{ own: ada.id }`) and gets her email. For an address without an account both happens in the same way.
 */
export async function takeMail(form: MailForm, email: string, asker: MailRequester): Promise<boolean> {
  return (await take(form, email, asker)) === null;
}

/** The same for admins, whose budgets no other user can use up: they learn when it is used up. @throws TooManyRequests */
export async function demandMail(form: MailForm, email: string, asker: MailRequester): Promise<void> {
  const pauseMs = await take(form, email, asker);
  if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
}

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
 * A user may type any address into these two forms as their own. All accounts share one budget for an address, otherwise many
 * accounts could flood a mailbox, each with a budget of its own.
 */
async function takeFromUnproven(form: MailForm, email: string, asker: MailRequester): Promise<number | null> {
  if (asker === "stranger" || !unproven.includes(form)) return null;
  return consume("mailsToUnproven", digest(email), PER_ADDRESS_AND_FORM);
}
const unproven: MailForm[] = ["email-confirmation", "email-change"];

/** Who asks, by the accounts that their browser has logged in to: the same single read whatever is found. */
export async function findRequester(email: string, here: string[]): Promise<MailRequester> {
  const own = await User.findAmong(here, email);
  return own ? { own } : "stranger";
}

/** What everyone reads who asked for an email: true as well where the budget was used up. */
export const mailNotice = (email: string) =>
  `We've sent an email to ${formatEmail(email)}, unless we already sent ${PER_ADDRESS_AND_FORM.points} there in the last hour.`;
