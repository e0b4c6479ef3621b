import assert from "node:assert/strict";
import type { Role } from "../../../src/definitions/roles.js";
import { User } from "../../../src/models/user.js";
import { visitor } from "../visitor.js";
import { account } from "./accounts.js";

/** Creates a user with a confirmed account, logged in with a known browser; faster than `member`. */
export async function known() {
  const one = await account();
  const browser = visitor();
  const page = await browser.submit("/login", { login: one.username, password: one.password });
  assert.equal(page.status, 303, page.text);
  return { ...one, ...browser };
}
export type Known = Awaited<ReturnType<typeof known>>;

/** Creates such a user with a role, for the site or in a domain. */
export async function knownWith(role: Role, domain: string | null = null) {
  const one = await account();
  await (await User.findById(one.id).orFail()).grantRole({ role, domain });
  const browser = visitor();
  const page = await browser.submit("/login", { login: one.username, password: one.password });
  assert.equal(page.status, 303, page.text);
  return { ...one, ...browser };
}
