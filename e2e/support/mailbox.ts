import { expect, type Page } from "playwright/test";

export type Mail = { id: string; to: string; subject: string; text: string; html: string; at: string };

/** The mails to an address, newest first. */
export async function mailsTo(page: Page, to: string): Promise<Mail[]> {
  const all: Mail[] = await (await page.request.get("/dev/mailbox.json")).json();
  return all.filter((mail) => mail.to === to);
}

/** The newest mail to an address about this, waited for: mails are sent by a job, some moments later. */
export async function mailAbout(page: Page, to: string, subject: RegExp): Promise<Mail> {
  let found: Mail | undefined;
  const look = async () => {
    found = (await mailsTo(page, to)).find((mail) => subject.test(mail.subject));
    return found !== undefined;
  };
  await expect.poll(look, { message: `a mail to ${to} about ${subject}`, timeout: 15_000 }).toBe(true);
  return found as Mail;
}

/** The path of the link in a mail that leads to this address of ours, such as "/password-reset/". */
export function linkIn({ text }: Mail, path: string): string {
  const paths = [...text.matchAll(/https?:\/\/[^\s/]+(\/\S*)/g)].map(([, own = ""]) => own);
  const link = paths.find((own) => own.startsWith(path));
  if (!link) throw new Error(`no link to ${path} in: ${text}`);
  return link;
}

/** Looks into the mailbox and follows the link of the newest mail about this. */
export async function followLink(page: Page, to: string, { about, path }: { about: RegExp; path: string }) {
  await page.goto(linkIn(await mailAbout(page, to, about), path));
}
