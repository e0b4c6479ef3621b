import { expect, type Page } from "playwright/test";

export type Mail = { id: string; to: string; subject: string; text: string; html: string; at: string };

/** Returns the emails to an address, newest first. */
export async function mailsTo(page: Page, to: string): Promise<Mail[]> {
  const all: Mail[] = await (await page.request.get("/dev/mailbox.json")).json();
  return all.filter((mail) => mail.to === to);
}

/** Waits for the newest email to an address with this subject. It takes a moment, because a job sends it. */
export async function mailAbout(page: Page, to: string, subject: RegExp): Promise<Mail> {
  let found: Mail | undefined;
  const look = async () => {
    found = (await mailsTo(page, to)).find((mail) => subject.test(mail.subject));
    return found !== undefined;
  };
  await expect.poll(look, { message: `a mail to ${to} about ${subject}`, timeout: 15_000 }).toBe(true);
  return found as Mail;
}

/** Returns the path of the link that begins with `path`, such as "/password-reset/". @throws Error if there is none */
export function linkIn({ text }: Mail, path: string): string {
  const paths = [...text.matchAll(/https?:\/\/[^\s/]+(\/\S*)/g)].map(([, own = ""]) => own);
  const link = paths.find((own) => own.startsWith(path));
  if (!link) throw new Error(`no link to ${path} in: ${text}`);
  return link;
}

/** Waits for the newest email with this subject and opens its link. */
export async function followLink(page: Page, to: string, { about, path }: { about: RegExp; path: string }) {
  await page.goto(linkIn(await mailAbout(page, to, about), path));
}
