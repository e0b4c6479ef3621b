import assert from "node:assert/strict";
import type { Role } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import { linkIn, mailAbout } from "./mailbox.js";
import { account } from "./users/accounts.js";
import { visitor } from "./visitor.js";

let count = 0;

/** Creates the data of a user without an account, different at each call. */
export function newPerson() {
  count += 1;
  return { username: `person${count}`, email: `person${count}@example.org`, password: "sturdy-Gate-in-the-wall" };
}

/** Registers a user without confirming the email; the user is logged in if confirmation is optional. */
export async function signedUp(person = newPerson()) {
  const browser = visitor();
  const page = await browser.submit("/register", person);
  assert.equal(page.status, 303, page.text);
  return { ...person, ...browser };
}

/** Creates a user with a confirmed account, logged in with their own browser. The account is stored directly, to save time. */
export async function member(person = newPerson()) {
  const { id } = await account(person);
  const browser = visitor();
  const page = await browser.submit("/login", { login: person.username, password: person.password });
  assert.equal(page.status, 303, page.text);
  return { ...person, id, ...browser };
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
