import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { findRoleIn, isHigherRole, managingRoles, type Role } from "../../definitions/roles.js";
import { Forbidden, NotFound } from "../../errors.js";
import { Domain } from "../../models/domain.js";
import { Invitation } from "../../models/invitation.js";
import { Membership } from "../../models/membership.js";
import type { OutboxEntry } from "../../models/outbox.js";
import { User } from "../../models/user.js";
import {
  holdsRoleIn,
  managesAllDomains,
  managesDomain,
  mayFindByEmail,
  mayManageMember,
} from "../../policies/domains.js";
import { type Event, record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { type AskedPage, findDomainToLeave, toRange } from "./domains.js";

type Placing = { user: string; role: Role; isMember?: boolean };
type Person = Pick<User, "_id" | "username">;
type Leaver = Pick<User, "_id" | "email">;
type Wanted = { role: Role; isMember?: boolean };
/** A member and their role; `isNew` if they were none before. */
type Placed = { id: string; username: string; role: Role; isNew: boolean };

type Moved = { event: Event; domain: string; name: string; role: Role };

/** Events of a user who gets a role. */
const grants: readonly Event[] = ["domain.member-added", "domain.role-changed"];

const afterMove = followUp<Moved>(User, "domain.moved", async ({ id, actor, data: { event, ...details } }) => {
  if (grants.includes(event) && !(await staysIn(id, details.domain))) return;
  await record(actor, event, { id: String(id) }, details);
});
const moved = (event: Event, { _id, name }: Domain, role: Role): Moved => ({ event, domain: String(_id), name, role });

/**
 * Gives a user a role in a domain, which makes them a member. Only site admins can find users by email.
 * @param placing.isMember only if the user is a member already
 * @returns "forbidden" if the actor may not search by email; "not-found" also for disabled users
 * @throws Forbidden
 */
export async function setMemberRole(
  actor: Actor,
  domain: Domain,
  { user, ...wanted }: Placing,
): Promise<Placed | Outcome<"forbidden" | "not-found" | "unconfirmed">> {
  if (user.includes("@") && !mayFindByEmail(actor)) return "forbidden";
  const person = user.includes("@") ? await User.findByEmail(user) : await User.findPublic(user);
  return person ? placeMember(actor, domain, person, wanted) : "not-found";
}

/**
 * Changes the role of a member, found by id.
 * @returns "disabled" or "unconfirmed" if their account can have no roles now
 * @throws NotFound if the user is not a member, Forbidden
 */
export async function changeMemberRole(
  actor: Actor,
  domain: Domain,
  { id, role }: { id: string; role: Role },
): Promise<Placed | Outcome<"disabled" | "unconfirmed">> {
  const member = await assertCanManage(actor, domain, id);
  const person = member && (await User.findById(id));
  if (!person) throw new NotFound();
  if (person.disabledAt) return "disabled";
  const placed = await placeMember(actor, domain, person, { role, isMember: true });
  if (placed === "not-found") throw new NotFound();
  return placed;
}

/** The same for a user who was found in another way. @throws Forbidden, NotFound if the domain was closed in the meantime */
export async function placeMember(actor: Actor, domain: Domain, person: Person, { role, isMember = false }: Wanted) {
  const member = await assertCanManage(actor, domain, String(person._id));
  if (!holdsRoleIn(actor, role, domain._id)) throw new Forbidden("You can only give roles whose permissions you have.");
  const user = await User.findById(person._id);
  if (!user?.emailConfirmedAt) return "unconfirmed";
  if (member && isHigherRole(member.role, role)) await Invitation.markOutdated(user.email, domain._id);
  let entry: ReturnType<typeof afterMove.entry> | undefined;
  const entryFor = (held: Role | null) => {
    entry = afterMove.entry(actor, moved(held === null ? "domain.member-added" : "domain.role-changed", domain, role));
    return entry;
  };
  const change = { role, isMember, spared: exceptRoles(actor), entryFor };
  const before = await Membership.setRole(person._id, domain._id, change);
  if (before === "not-found") return "not-found";
  if (entry && before !== role) await afterMove.finish(person._id, entry);
  if (!(await Domain.isOpen(domain._id))) throw new NotFound();
  return { id: String(person._id), username: person.username, role, isNew: before === null };
}

/**
 * Lists the members of a domain, oldest account first. Only those who manage them see disabled users. `total` is
 * counted up to REACH.
 */
export async function listMembers(actor: Actor, domain: Domain, asked: AskedPage) {
  const isEnabled = !managesDomain(actor, domain);
  const [page, total] = await Promise.all([
    Membership.listPage(domain._id, asked.after, { ...toRange(asked), isEnabled }),
    Membership.count(domain._id, isEnabled),
  ]);
  return { ...page, total };
}

/** Returns the role in a domain of the user with this name, or null. */
export async function findMemberRole(domain: Domain, username: string): Promise<Role | null> {
  const user = await User.findPublic(username);
  return user && ((await Membership.find(String(user._id), domain._id))?.role ?? null);
}

/** Removes a member from a domain. @throws NotFound, Forbidden */
export async function removeMember(actor: Actor, domain: Domain, id: string): Promise<{ username: string }> {
  const member = await assertCanManage(actor, domain, id);
  const person = member && (await User.findById(id));
  if (!person) throw new NotFound();
  const isRemoved = await end(actor, person, domain, { data: moved("domain.member-removed", domain, member.role) });
  if (!isRemoved) throw new NotFound();
  return { username: person.username };
}

/** Revokes this role of a user in a domain. Has no effect if they have another role there, or none. @throws Forbidden */
export async function revokeMemberRole(actor: Actor, domain: Domain, user: Leaver, role: Role): Promise<void> {
  const member = await assertCanManage(actor, domain, String(user._id));
  if (member?.role !== role) return;
  await end(actor, user, domain, { data: moved("domain.member-removed", domain, role), role });
}

/** Removes the actor from a domain at their own request. @returns the domain's name @throws NotFound, Forbidden */
export async function leaveDomain(actor: Actor, slug: string): Promise<string> {
  const domain = await findDomainToLeave(actor, slug);
  const person = actor.user && (await User.findById(actor.user.id));
  const role = findRoleIn(actor.user?.roles ?? [], domain._id) ?? "user";
  if (!person || !(await end(actor, person, domain, { data: moved("domain.left", domain, role) })))
    throw new NotFound();
  return domain.name;
}

async function assertCanManage(actor: Actor, domain: Domain, id: string) {
  const member = await Membership.find(id, domain._id);
  if (!mayManageMember(actor, domain, member))
    throw new Forbidden("Only site admins can change the admins of an organization.");
  return member;
}

/**
 * Returns true if the domain is still open. Otherwise removes the user and returns false. Call it in the follow-up of a
 * grant: either the closing finds the new member, or this function sees that the domain is closed.
 */
export async function staysIn(user: User["_id"], domain: string): Promise<boolean> {
  if (await Domain.isOpen(domain)) return true;
  await Membership.end(user, domain);
  return false;
}

/** Roles that the write must not remove, in case the user got one of them in the meantime. See `mayManageMember`. */
const exceptRoles = (actor: Actor): readonly Role[] => (managesAllDomains(actor) ? [] : managingRoles);

/** Ends a membership; with a role, only in this one. Returns false if there is none, or if its role is protected. */
async function end(
  actor: Actor,
  { _id, email }: Leaver,
  domain: Domain,
  { data, role }: { data: Moved; role?: Role },
): Promise<boolean> {
  await Invitation.markOutdated(email, domain._id);
  const change = { role, spared: exceptRoles(actor) };
  const leave = (entry: OutboxEntry) => Membership.end(_id, domain._id, { ...change, entry });
  return afterMove.make({ id: _id, actor, data }, leave);
}
