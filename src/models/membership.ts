import { Types } from "mongoose";
import type { Outcome } from "../definitions/outcomes.js";
import { findRoleIn, type Role } from "../definitions/roles.js";
import { type OutboxEntry, pushEntry, writeWithEntry } from "./outbox.js";
import { getUserCollection } from "./user/collection.js";
import { isDate } from "./user/register/unused.js";
import type { StoredGrant } from "./user/roles.js";

const PAGE = 20;
const options = { maxTimeMS: 5_000, projection: { username: 1, disabledAt: 1, roles: 1 } };

type Stored = { _id: Types.ObjectId; username: string; disabledAt: Date | null; roles: StoredGrant[] };
type Change = { spared?: readonly Role[] };
/** Somebody who belongs to a domain, with the mightiest of their roles in it. */
export type Membership = { id: string; username: string; isDisabled: boolean; role: Role };

type EntryFor = (held: Role | null) => OutboxEntry;

const unless = (domain: Types.ObjectId, { spared }: Change) =>
  spared?.length ? { roles: { $not: { $elemMatch: { domain, role: { $in: spared } } } } } : {};

/**
 * Who belongs to a domain: people with a role in it, kept with the account. Each change is one atomic write, and touches no
 * role but those in this domain.
 */
export const Membership = {
  /**
   * Gives somebody this role in a domain, and no other; disabled people get none, nor do those whose address is not confirmed.
   * @param change.spared who has one of these roles in the domain keeps it
   * @param change.entryFor what is left to do, by the role they had in it (null: they were not in it)
   * @returns that role, or "not-found"
   */
  async setRole(
    user: Types.ObjectId,
    domain: Types.ObjectId,
    change: Change & { role: Role; entryFor?: EntryFor },
  ): Promise<Role | null | Outcome<"not-found">> {
    for (;;) {
      const read = await getUserCollection().findOne<Stored>(
        { _id: user, disabledAt: null, emailConfirmedAt: isDate, ...unless(domain, change) },
        options,
      );
      if (!read) return "not-found";
      const held = findRoleIn(read.roles ?? [], domain);
      const elsewhere = (read.roles ?? []).filter((one) => !domain.equals(one.domain ?? ""));
      const roles = [...elsewhere, { role: change.role, domain }];
      const entry = held === change.role ? undefined : change.entryFor?.(held);
      const asRead = { _id: user, disabledAt: null, emailConfirmedAt: isDate, roles: read.roles ?? { $exists: false } };
      if (await writeWithEntry(getUserCollection(), asRead, { $set: { roles }, ...pushEntry(entry) }, entry))
        return held;
    }
  },

  /** Takes somebody out of a domain. False when they were not in it, or are spared. */
  end(user: Types.ObjectId, from: Types.ObjectId | string, change: Change & { entry?: OutboxEntry } = {}) {
    const domain = new Types.ObjectId(from);
    const update = { $pull: { roles: { domain } }, ...pushEntry(change.entry) };
    const found = { _id: user, "roles.domain": domain, ...unless(domain, change) };
    return writeWithEntry(getUserCollection(), found, update, change.entry);
  },

  /** Takes everybody out of a domain. */
  async endAll(domain: Types.ObjectId): Promise<void> {
    await getUserCollection().updateMany({ "roles.domain": domain }, { $pull: { roles: { domain } } } as object);
  },

  /** One person in a domain, or null. */
  async find(user: string, domain: Types.ObjectId): Promise<Membership | null> {
    const one = { _id: new Types.ObjectId(user), "roles.domain": domain };
    const found = await getUserCollection().findOne<Stored>(one, options);
    return found && asMembership(found, domain);
  },

  /** One page of those who belong to a domain, the oldest accounts first. @param after `next` of the page before */
  async listPage(domain: Types.ObjectId, after?: string, size = PAGE) {
    const from = after ? { _id: { $gt: new Types.ObjectId(after) } } : {};
    const found = await getUserCollection()
      .find<Stored>({ "roles.domain": domain, ...from }, options)
      .sort({ _id: 1 })
      .limit(size + 1)
      .toArray();
    const page = found.slice(0, size).map((user) => asMembership(user, domain));
    return { members: page, next: found.length > size ? (page.at(-1)?.id ?? null) : null };
  },
};

const asMembership = ({ _id, username, disabledAt, roles }: Stored, domain: Types.ObjectId): Membership => ({
  id: String(_id),
  username,
  isDisabled: disabledAt !== null,
  role: findRoleIn(roles, domain) ?? "user",
});
