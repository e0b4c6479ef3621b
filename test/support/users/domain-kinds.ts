import assert from "node:assert/strict";
import { Types } from "mongoose";
import { User } from "../../../src/models/user.js";
import { member, signedUp, withRole } from "../users.js";
import { type Visitor, visitor } from "../visitor.js";
import { domain } from "./domains.js";

/** Outside domain A: a visitor, a user with a role in it but an unconfirmed email, and others. */
export const outside = ["visitor", "unconfirmed", "member", "former", "inB", "editorB", "adminB"] as const;
/** Members of domain A, or users who may read everything. */
const inside = ["inA", "editorA", "adminA", "author", "editor", "admin", "superadmin"] as const;
export const people = [...outside, ...inside];
export type Who = (typeof people)[number];
/** A browser and its user; without a password for a visitor. */
export type Browser = Visitor & { username: string; password?: string };

type Place = { id: string };

export const account = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** A new user of each kind with a browser, for two domains. */
const createDomainArrivals = (a: Place, b: Place): Record<Who, () => Promise<Browser>> => ({
  visitor: async () => ({ ...visitor(), username: "" }),
  async unconfirmed() {
    const person = await signedUp();
    const roles = [{ role: "editor", domain: new Types.ObjectId(a.id) }];
    await User.collection.updateOne({ username: person.username }, { $set: { roles } }); // as older versions granted them
    const browser = visitor();
    await browser.submit("/login", { login: person.username, password: person.password });
    return { ...browser, username: person.username };
  },
  member: () => member(),
  async former() {
    const person = await withRole("editor", a.id);
    await (await account(person)).revokeRole({ role: "editor", domain: a.id });
    return person;
  },
  inB: () => withRole("user", b.id),
  editorB: () => withRole("editor", b.id),
  adminB: () => withRole("admin", b.id),
  inA: () => withRole("user", a.id),
  editorA: () => withRole("editor", a.id),
  adminA: () => withRole("admin", a.id),
  author: () => withRole("user", a.id),
  editor: () => withRole("editor"),
  admin: () => withRole("admin"),
  superadmin: () => withRole("superadmin"),
});

/** Creates two domains and a user of each kind, with a browser. */
export async function createDomainScene() {
  const [a, b] = [await domain("The secret society"), await domain("The other club")];
  const arrive = createDomainArrivals(a, b);
  const browsers = new Map<Who, Browser>();
  for (const who of people) browsers.set(who, await arrive[who]());
  return { a, b, getBrowser: (who: Who) => browsers.get(who) ?? assert.fail(who) };
}
