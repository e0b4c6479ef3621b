import { Types } from "mongoose";
import type { Outcome } from "../definitions/outcomes.js";
import { findRoleIn, type Role } from "../definitions/roles.js";
import { REACH } from "../lib/pagination.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "./outbox.js";
import { getUserCollection } from "./user/collection.js";
import { isDate } from "./user/register/unused.js";
import type { StoredGrant } from "./user/roles.js";

const PAGE = 20;
const options = { maxTimeMS: 5_000, projection: { username: 1, disabledAt: 1, roles: 1 } };

type Stored = { _id: Types.ObjectId; username: string; disabledAt: Date | null; roles: StoredGrant[] };
type Change = { spared?: readonly Role[] };
type Ending = Change & { role?: Role | undefined; entry?: OutboxEntry };
/** A member of a domain, with the member's highest role in it. */
export type Membership = { id: string; username: string; isDisabled: boolean; role: Role };

type EntryFor = (held: Role | null) => OutboxEntry;

const unless = (domain: Types.ObjectId, { spared }: Change) =>
  spared?.length ? { roles: { $not: { $elemMatch: { domain, role: { $in: spared } } } } } : {};

/**
 * Members of a domain are users with a role in it. The roles are stored in the account. Each change is one atomic write
 * and affects only the roles in this domain.
 */
export const Membership = {
  /**
   * Gives a user this role in a domain, and removes the user's other roles there. Does not find disabled users and
   * users with an unconfirmed email.
   * @param change.spared protected roles: a user with one of them in the domain keeps it
   * @param change.isMember only if the user is a member already
   * @param change.entryFor makes the follow-up from the previous role (null: the user was not a member)
   * @returns the previous role, or "not-found"
   */
  async setRole(
    user: Types.ObjectId,
    domain: Types.ObjectId,
    change: Change & { role: Role; isMember?: boolean; entryFor?: EntryFor },
  ): Promise<Role | null | Outcome<"not-found">> {
    for (;;) {
      const read = await getUserCollection().findOne<Stored>(
        { _id: user, disabledAt: null, emailConfirmedAt: isDate, ...unless(domain, change) },
        options,
      );
      if (!read) return "not-found";
      const held = findRoleIn(read.roles ?? [], domain);
      if (held === null && change.isMember) return "not-found";
      const elsewhere = (read.roles ?? []).filter((one) => !domain.equals(one.domain ?? ""));
      const roles = [...elsewhere, { role: change.role, domain }];
      const entry = held === change.role ? undefined : change.entryFor?.(held);
      const asRead = { _id: user, disabledAt: null, emailConfirmedAt: isDate, roles: read.roles ?? { $exists: false } };
      if (await writeWithEntry(getUserCollection(), asRead, { $set: { roles }, ...pushEntry(entry) }, entry))
        return held;
    }
  },

  /**
   * Removes a user from a domain. Returns false if the user was not a member, or has a protected role.
   * @param change.role only if the user has this role there
   */
  end(user: Types.ObjectId, from: Types.ObjectId | string, change: Ending = {}): Promise<boolean> {
    const domain = new Types.ObjectId(from);
    const update = { $pull: { roles: { domain } }, ...pushEntry(change.entry) };
    const isMember = { roles: { $elemMatch: { domain, ...(change.role && { role: change.role }) } } };
    const found = { _id: user, $and: [isMember, unless(domain, change)] };
    return writeWithEntry(getUserCollection(), found, update, change.entry);
  },

  /** Removes all members from a domain. */
  async endAll(domain: Types.ObjectId): Promise<void> {
    await getUserCollection().updateMany({ "roles.domain": domain }, { $pull: { roles: { domain } } } as object);
  },

  /** Finds one member of a domain, or returns null. */
  async find(user: string, domain: Types.ObjectId): Promise<Membership | null> {
    const one = { _id: new Types.ObjectId(user), "roles.domain": domain };
    const found = await getUserCollection().findOne<Stored>(one, options);
    return found && asMembership(found, domain);
  },

  /**
   * Returns one page of a domain's members, oldest account first.
   * @param after `next` of the previous page
   * @param options.isEnabled without disabled users
   */
  async listPage(domain: Types.ObjectId, after?: string, { size = PAGE, skip = 0, isEnabled = false } = {}) {
    const from = after ? { _id: { $gt: new Types.ObjectId(after) } } : {};
    const found = await getUserCollection()
      .find<Stored>({ ...matchMembers(domain, isEnabled), ...from }, options)
      .sort({ _id: 1 })
      .skip(skip)
      .limit(size + 1)
      .toArray();
    const page = found.slice(0, size).map((user) => asMembership(user, domain));
    return { members: page, next: found.length > size ? (page.at(-1)?.id ?? null) : null };
  },

  /** Counts the members of a domain, up to REACH. @param isEnabled without disabled users */
  count(domain: Types.ObjectId, isEnabled = false): Promise<number> {
    const { maxTimeMS } = options;
    return getUserCollection().countDocuments(matchMembers(domain, isEnabled), {
      maxTimeMS,
      hint: "members",
      limit: REACH,
    });
  },
};

const matchMembers = (domain: Types.ObjectId, isEnabled: boolean) => ({
  "roles.domain": domain,
  ...(isEnabled && { disabledAt: null }),
});

const asMembership = ({ _id, username, disabledAt, roles }: Stored, domain: Types.ObjectId): Membership => ({
  id: String(_id),
  username,
  isDisabled: disabledAt !== null,
  role: findRoleIn(roles, domain) ?? "user",
});
