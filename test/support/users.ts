import assert from "node:assert/strict";
import type { Role } from "../../src/definitions/roles.js";
import { User } from "../../src/models/user.js";
import { linkIn, mailAbout } from "./mailbox.js";
import { visitor } from "./visitor.js";

let count = 0;

/** Data of a person who has no account yet, different at each call. */
export function newPerson() {
  count += 1;
  return { username: `person${count}`, email: `person${count}@example.org`, password: "sturdy-Gate-in-the-wall" };
}

/** A person who signed up and did not confirm their address; signed in where that is not asked for. */
export async function signedUp(person = newPerson()) {
  const browser = visitor();
  const page = await browser.submit("/register", person);
  assert.equal(page.status, 303, page.text);
  return { ...person, ...browser };
}

/** A person with a confirmed account, signed in with a browser of their own. */
export async function member(person = newPerson()) {
  const ada = await signedUp(person);
  const link = linkIn(await mailAbout(ada.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  const page = await ada.submit(link, {});
  assert.equal(page.status, 303, page.text);
  return ada;
}

/** A member with a role, everywhere or in a domain. */
export async function withRole(role: Role, domain: string | null = null) {
  const ada = await member();
  await (await User.findOne({ username: ada.username }).orFail()).grantRole({ role, domain });
  return ada;
}

/** Has an admin act as somebody, in the admin's browser from here on. */
export async function actAs(admin: Member, { username }: { username: string }, reason = "To help with a post.") {
  const { id } = await User.findOne({ username }).orFail();
  const page = await admin.submit(`/admin/users/${id}/impersonate`, { reason });
  assert.equal(page.status, 303, page.text);
  assert.ok(admin.cookies.has("acting"));
  return id as string;
}

export type Member = Awaited<ReturnType<typeof member>>;

/** Writes a post and answers its address. */
export async function post(author: Member, fields: Partial<{ title: string; body: string; visibility: string }> = {}) {
  const page = await author.submit(
    "/posts/new",
    { title: "A gate", body: "In the *wall*.", visibility: "public", ...fields },
    "/posts",
  );
  assert.equal(page.status, 303, page.text);
  return page.location ?? "";
}
