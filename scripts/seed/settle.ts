import { operatorActor } from "../../src/actor.js";
import { describeRejection } from "../../src/forms/rejections.js";
import * as passwords from "../../src/lib/passwords/hash.js";
import { Domain } from "../../src/models/domain.js";
import { Invitation } from "../../src/models/invitation.js";
import { Membership } from "../../src/models/membership.js";
import { User } from "../../src/models/user.js";
import { isAccount, openAccount } from "../../src/services/account/open.js";
import type { Author } from "./cast.js";
import { createGrant, domains, type Entry, invited } from "./roster.js";

/** Domain ids by slug. */
export type Places = Map<string, Domain["_id"]>;

/** Creates the missing domains. */
export async function openDomains(): Promise<Places> {
  const places: Places = new Map();
  for (const names of domains) {
    const domain = (await Domain.open(names)) ?? (await Domain.findBySlug(names.slug));
    if (domain) places.set(names.slug, domain._id);
  }
  return places;
}

/**
 * Creates the account of a demonstration user, or finds it by its email. It does not look for the username, because any
 * user could have it. An existing account stays unchanged, except for the password.
 * @throws Error if another user has the username
 */
export async function settle({ username, bio }: Author, entry: Entry, password: string): Promise<User> {
  const email = `${username}@demo.example.org`;
  const known = (await User.findByEmail(email)) ?? (await User.findNewestUnconfirmed(email));
  if (known) {
    await known.setPassword(password);
    return known;
  }
  const { firstName, lastName, city, country } = entry;
  const user = await openAccount(operatorActor, {
    ...{ username, email, bio, profile: { firstName, lastName, city, country } },
    passwordHash: await passwords.hash(password),
    isConfirmed: entry.state !== "unconfirmed",
  });
  if (user === "exists") throw new Error("two accounts cannot have one id");
  if (!isAccount(user))
    throw new Error(`The demo users need the account ${username}: ${describeRejection(user).message}`);
  await user.describe({ shown: ["name", "place"] });
  if (entry.state === "disabled") await user.disable();
  return user;
}

/** Grants the roles of the roster even if an admin has revoked them, because demonstrations need them. */
export async function appoint(user: User, entry: Entry, places: Places): Promise<void> {
  const grant = createGrant(entry);
  if (grant) await user.grantRole(grant);
  const domain = entry.in && places.get(entry.in.domain);
  if (entry.in && domain) await Membership.setRole(user._id, domain, { role: entry.in.role });
}

/** Creates an invitation that stays open. No email is sent. */
export async function inviteOne(inviter: string): Promise<void> {
  const { email, role } = invited;
  if (await Invitation.isPending(email, null)) return;
  await Invitation.prepare(email, { role, domain: null }, inviter);
}
