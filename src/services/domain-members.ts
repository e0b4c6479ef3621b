import type { Actor } from "../actor.js";
import { Forbidden, NotFound } from "../errors.js";
import { type Role, roleIn } from "../lib/roles.js";
import type { Domain } from "../models/domain.js";
import { Membership } from "../models/membership.js";
import { User } from "../models/user.js";
import { managesAllDomains, mayFindByEmail, mayMove } from "../policies/domains.js";
import { type Event, record } from "./audit.js";
import { domainToLeave } from "./domains.js";

type Placing = { user: string; role: Role };
type Person = Pick<User, "_id" | "username">;

/**
 * Gives somebody a role in a domain, which brings them into it. By e-mail address only site admins find people.
 * @returns "unknown" when there is nobody of that name, "by-name" when the actor may not look for addresses
 * @throws Forbidden
 */
export async function placeMember(actor: Actor, domain: Domain, { user, role }: Placing) {
  if (user.includes("@") && !mayFindByEmail(actor)) return "by-name";
  const person = user.includes("@") ? await User.findByEmail(user) : await User.findPublic(user);
  if (!person) return "unknown";
  await demandMove(actor, domain, String(person._id));
  const before = await Membership.place(person._id, domain._id, { role, spared: spared(actor) });
  if (before === "gone") return "unknown";
  const event = before === null ? "domain.member-added" : "domain.role-changed";
  if (before !== role) await note(actor, event, { domain, person, role });
  return { username: person.username };
}

/** The role that the user of this name has in a domain; null when they have none. */
export async function roleOfMember(domain: Domain, username: string): Promise<Role | null> {
  const user = await User.findPublic(username);
  return user && ((await Membership.find(String(user._id), domain._id))?.role ?? null);
}

/** Takes somebody out of a domain. @throws NotFound, Forbidden */
export async function removeMember(actor: Actor, domain: Domain, id: string): Promise<{ username: string }> {
  const member = await demandMove(actor, domain, id);
  const person = member && (await User.findById(id));
  if (!person || !(await Membership.end(person._id, domain._id, { spared: spared(actor) }))) throw new NotFound();
  await note(actor, "domain.member-removed", { domain, person, role: member.role });
  return { username: person.username };
}

/** Takes the actor out of a domain at their own wish. @returns what it is called @throws NotFound, Forbidden */
export async function leaveDomain(actor: Actor, slug: string): Promise<string> {
  const domain = await domainToLeave(actor, slug);
  const person = actor.user && (await User.findById(actor.user.id));
  const role = roleIn(actor.user?.roles ?? [], domain._id) ?? "user";
  if (!person || !(await Membership.end(person._id, domain._id, { spared: spared(actor) }))) throw new NotFound();
  await note(actor, "domain.left", { domain, person, role });
  return domain.name;
}

async function demandMove(actor: Actor, domain: Domain, id: string) {
  const member = await Membership.find(id, domain._id);
  if (!mayMove(actor, domain, member))
    throw new Forbidden("Admins of a domain can only be changed by those who look after the whole site.");
  return member;
}

/** Whom the write itself passes over, should they have become one meanwhile: see `mayMove`. */
const spared = (actor: Actor): Role | undefined => (managesAllDomains(actor) ? undefined : "admin");

const note = (actor: Actor, event: Event, about: { domain: Domain; person: Person; role: Role }) => {
  const { _id, name } = about.domain;
  return record(actor, event, { id: String(about.person._id) }, { domain: String(_id), name, role: about.role });
};
