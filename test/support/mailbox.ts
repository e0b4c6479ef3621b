import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { DevMail } from "../../src/models/dev-mail.js";

const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** Returns all emails to an address, newest first. */
export const mailsTo = (to: string) => DevMail.find({ to }).sort({ at: -1, _id: -1 }).lean();

/** Waits until an address has this many emails, and returns the newest. A job sends them some moments later. */
export async function newestMail(to: string, count = 1) {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    const mails = await mailsTo(to);
    if (mails.length >= count && mails[0]) return mails[0];
  }
  const subjects = (await mailsTo(to)).map(({ subject }) => subject);
  return assert.fail(`${to} has ${subjects.length} of ${count} emails: ${subjects.join(", ")}`);
}

/** Waits for the newest email to an address with this subject and text. */
export async function mailAbout(to: string, subject: RegExp, text = "") {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    const mail = (await mailsTo(to)).find((one) => subject.test(one.subject) && one.text.includes(text));
    if (mail) return mail;
  }
  return assert.fail(
    `${to} has no email about ${subject}: ${(await mailsTo(to)).map((one) => one.subject).join(", ")}`,
  );
}

/** Returns the path of the first link in an email that begins like this, such as "/password-reset/". */
export function linkIn({ text }: { text: string }, path: string): string {
  const link = [...text.matchAll(/https?:\/\/[^\s/]+(\/\S*)/g)]
    .map(([, own = ""]) => own)
    .find((own) => own.startsWith(path));
  return link ?? assert.fail(`no link to ${path} in: ${text}`);
}
