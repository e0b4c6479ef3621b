import { setTimeout as sleep } from "node:timers/promises";
import { User } from "../../../src/models/user.js";
import { linkIn, mailsTo } from "../mailbox.js";
import { readToken, type Visitor, visitor } from "../visitor.js";

/** A new password that the policy accepts. */
export const fresh = "another-Lantern-by-the-sea";

/** Returns the stored account. */
export const findAccount = (person: { username: string }) => User.findOne({ username: person.username }).orFail();

/** Tries to log in with an unknown browser. */
export const logIn = (person: { username: string }, password: string) =>
  visitor().submit("/login", { login: person.username, password });

/** Opens the page with the form, and sends a body that no browser would send. */
export async function sendRaw(browser: Visitor, page: string, body: string) {
  const _csrf = readToken((await browser.get(page)).text);
  return browser.send(page, `_csrf=${encodeURIComponent(_csrf)}&${body}`);
}

/** Requests a password reset link, and returns it from the email. */
export async function resetLinkFor(email: string, browser: Visitor = visitor()): Promise<string> {
  const before = (await resetMails(email)).length;
  await browser.submit("/password-reset", { email });
  for (let tries = 0; tries < 2_000; tries++) {
    const mails = await resetMails(email);
    if (mails[0] && mails.length > before) return linkIn(mails[0], "/password-reset/");
    await sleep(5);
  }
  throw new Error(`no link came to ${email}`);
}

const resetMails = async (email: string) =>
  (await mailsTo(email)).filter(({ subject }) => /reset your password/i.test(subject));
