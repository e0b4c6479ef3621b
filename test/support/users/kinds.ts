import assert from "node:assert/strict";
import { User } from "../../../src/models/user.js";
import { actAs, type Member, member, signedUp, withRole } from "../users.js";
import { type Visitor, visitor } from "../visitor.js";

/** The kinds of users with different access. "unconfirmed" is a browser with a sign-up that is not confirmed yet. */
export const people = [
  "visitor",
  "disabled",
  "unconfirmed",
  "member",
  "author",
  "editor",
  "domainAdmin",
  "admin",
  "superadmin",
  "impersonating",
] as const;
export type Who = (typeof people)[number];

/**
 * Returns functions that create a user of each kind with a new browser. The author is always the same user.
 * @param domain the id of the organization that "domainAdmin" manages
 */
export const createArrivals = (author: Member, domain: string): Record<Who, () => Promise<Visitor>> => ({
  visitor: async () => visitor(),
  async unconfirmed() {
    const { username: login, password } = await signedUp();
    const browser = visitor();
    assert.equal((await browser.submit("/login", { login, password })).location, "/email-confirmation");
    assert.ok(browser.cookies.has("sign-up"));
    return browser;
  },
  member: () => member(),
  author: async () => author,
  editor: () => withRole("editor"),
  domainAdmin: () => withRole("admin", domain),
  admin: () => withRole("admin"),
  superadmin: () => withRole("superadmin"),
  async impersonating() {
    const admin = await withRole("admin");
    await actAs(admin, await member());
    return admin;
  },
  async disabled() {
    const person = await member();
    await (await User.findOne({ username: person.username }).orFail()).disable();
    return person;
  },
});
