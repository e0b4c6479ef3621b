import assert from "node:assert/strict";
import type { Role } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import { linkIn, mailAbout } from "./mailbox.js";
import { createConfirmed } from "./users/accounts.js";
import { logInBrowser } from "./users/browser-login.js";
import { newPerson } from "./users/fresh-user.js";
import { type Visitor, visitor } from "./visitor.js";

export { newPerson };

/** Registers a user without confirming the email; the user is logged in if confirmation is optional. */
export async function signedUp(person = newPerson()) {
  const browser = visitor();
  const page = await browser.submit("/register", person);
  assert.equal(page.status, 303, page.text);
  return { ...person, ...browser };
}

/**
 * Creates a user with a confirmed account, logged in with their own browser. Account and session are stored directly, to
 * save time.
 */
export async function member(person = newPerson()) {
  const user = await createConfirmed(person);
  const browser = visitor();
  await logInBrowser(browser.cookies, user);
  return { ...person, id: user.id as string, ...browser };
}

/** Creates a member through the pages: with the emails and audit events of a registration. */
export async function registeredMember(person = newPerson()) {
  const ada = await signedUp(person);
  const link = linkIn(await mailAbout(ada.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  const page = await ada.submit(link, {});
  assert.equal(page.status, 303, page.text);
  const { id } = await User.findOne({ username: ada.username }).orFail();
  return { ...ada, id: id as string };
}

/** Creates a member with a role, for the site or in a domain. */
export async function withRole(role: Role, domain: string | null = null) {
  const ada = await member();
  await (await User.findById(ada.id).orFail()).grantRole({ role, domain });
  return ada;
}

/** Makes an admin impersonate a user in the admin's browser. */
export async function actAs(admin: SignedUp, { username }: { username: string }, reason = "To help with a post.") {
  const { id } = await User.findOne({ username }).orFail();
  const page = await admin.submit(`/admin/users/${id}/impersonate`, { reason });
  assert.equal(page.status, 303, page.text);
  assert.ok(admin.cookies.has("acting"));
  return id as string;
}

export type Member = Awaited<ReturnType<typeof member>>;
/** A user whose account may not exist yet. */
export type SignedUp = Awaited<ReturnType<typeof signedUp>>;

/** Creates a post and returns its address. */
export async function post(
  author: SignedUp,
  fields: Partial<{ title: string; body: string; visibility: string }> = {},
) {
  const page = await author.submit(
    "/posts/new",
    { title: "A gate", body: "In the *wall*.", visibility: "public", ...fields },
    "/posts",
  );
  assert.equal(page.status, 303, page.text);
  return page.location ?? "";
}

/** Writes a comment on a post, and returns its id. */
export async function comment(by: Visitor, post: string, body = "Well *said*."): Promise<string> {
  const answer = await by.submit(`/posts/${post}/comments/new`, { body }, `/posts/${post}/comments`);
  assert.equal(answer.status, 303, answer.text);
  return /#comment-([0-9a-f]{24})$/.exec(answer.location ?? "")?.[1] ?? assert.fail(answer.location ?? "");
}
