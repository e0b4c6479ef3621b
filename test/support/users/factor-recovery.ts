import assert from "node:assert/strict";
import { User } from "../../../src/models/user.js";
import { allJobsDone } from "../jobs/waiting.js";
import { linkIn, mailAbout } from "../mailbox.js";
import { type Visitor, visitor } from "../visitor.js";

export const LOST = "/login/lost-factor";
type Owner = { id: string; email: string; username: string; password: string };
const DAYS = 86_400_000;

/** Enters the password in a browser. A login then waits for the second factor. */
export async function enterPassword(one: Pick<Owner, "username" | "password">, browser = visitor()): Promise<Visitor> {
  const page = await browser.submit("/login", { login: one.username, password: one.password });
  assert.deepEqual([page.status, page.location], [303, "/login/second-factor"], page.text);
  return browser;
}

/** Asks for the link that starts a recovery, and returns its address. */
export async function askForLink(one: Owner, browser?: Visitor): Promise<string> {
  const there = browser ?? (await enterPassword(one));
  const page = await there.submit(LOST, {});
  assert.deepEqual([page.status, page.location], [303, LOST], page.text);
  await allJobsDone();
  return linkIn(await mailAbout(one.email, /lost your second factor/), "/factor-recovery/");
}

/** Starts a recovery: with the password and the link in the email. */
export async function startRecovery(one: Owner): Promise<string> {
  const link = await askForLink(one);
  const page = await visitor().submit(link, {});
  assert.deepEqual([page.status, page.location], [303, "/login"], page.text);
  return link;
}

/** Moves a recovery into the past, as if it had started this many days earlier. */
export async function letDaysPass({ id }: { id: string }, days: number): Promise<void> {
  const { factorRecovery } = await User.findById(id).orFail();
  assert.ok(factorRecovery);
  const earlier = (date: Date) => new Date(date.getTime() - days * DAYS);
  const [askedAt, dueAt] = [earlier(factorRecovery.askedAt), earlier(factorRecovery.dueAt)];
  await User.updateOne({ _id: id }, { "factorRecovery.askedAt": askedAt, "factorRecovery.dueAt": dueAt });
}

/** Presses the button that removes all factors after the waiting period. */
export const finishRecovery = (browser: Visitor) => browser.submit("/login", {}, `${LOST}/finish`);

/** Returns the stored recovery of a user. */
export const readRecovery = async ({ id }: { id: string }) => (await User.findById(id).orFail()).factorRecovery;
