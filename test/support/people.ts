import assert from "node:assert/strict";
import { visitor } from "./visitor.js";

let count = 0;

/** Data of a person who has no account yet, different at each call. */
export function newPerson() {
  count += 1;
  return { username: `person${count}`, email: `person${count}@example.org`, password: "sturdy-Gate-in-the-wall" };
}

/** A person with an account, signed in with a browser of their own. */
export async function member(person = newPerson()) {
  const browser = visitor();
  const page = await browser.submit("/register", person);
  assert.equal(page.status, 303, page.text);
  return { ...person, ...browser };
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
