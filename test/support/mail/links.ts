import { MailedLink, type Purpose } from "../../../src/models/mailed-link.js";
import { User } from "../../../src/models/user.js";
import { linkIn, mailAbout, mailsTo } from "../mailbox.js";
import { until } from "../until.js";
import { newPerson } from "../users.js";
import { readToken, type Visitor, visitor } from "../visitor.js";

/** Creates a mailed link without sending its email. */
export async function linkFor({ username }: { username: string }, purpose: Purpose, email?: string): Promise<string> {
  const user = await User.findOne({ username }).orFail();
  const sealed = await MailedLink.revealForMail(await MailedLink.issue({ purpose, user, email: email ?? user.email }));
  return `/${purpose}/${sealed?.secret}`;
}

/** Opens a mailed link in a new browser and presses its button. */
export const press = (link: string, browser: Visitor = visitor()) => browser.submit(link, {});

/** Presses the button of a mailed link in twenty browsers at once; returns their statuses, sorted. */
export async function pressTwentyTimes(link: string): Promise<number[]> {
  const opened = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const browser = visitor();
      return { browser, _csrf: readToken((await browser.get(link)).text) };
    }),
  );
  const answers = await Promise.all(opened.map(({ browser, _csrf }) => browser.send(link, { _csrf })));
  return answers.map(({ status }) => status).sort();
}

/** Requests a change of email, and returns the links of the two emails that follow. */
export async function askToChange(person: Visitor & { email: string; password: string }, email: string) {
  const warnings = async () => (await mailsTo(person.email)).filter(({ subject }) => /about to change/.test(subject));
  const before = (await warnings()).length; // an email does not say which change it is about
  const answer = await person.submit("/account/email", { email, currentPassword: person.password });
  const confirm = linkIn(await mailAbout(email, /new email address/), "/email-change/");
  await until("the warning is there", async () => (await warnings()).length > before);
  const undo = linkIn((await warnings())[0] ?? { text: "" }, "/email-undo/");
  return { answer, confirm, undo };
}

/** Requests a recovery email, and returns the link that confirms it. */
export async function askForRecoveryEmail(person: Visitor & { username: string; password: string }, email: string) {
  const answer = await person.submit("/account/addresses", { email, currentPassword: person.password });
  const confirm = linkIn(await mailAbout(email, /recovery email address/, person.username), "/recovery-email/");
  return { answer, confirm };
}

/** Adds a recovery email to an account, and returns it. */
export async function addRecoveryEmail(
  person: Visitor & { username: string; password: string },
  { email }: { email: string } = newPerson(),
): Promise<string> {
  await press((await askForRecoveryEmail(person, email)).confirm);
  return email;
}
