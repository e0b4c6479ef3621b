import mongoose, { Schema, Types } from "mongoose";
import { type Grant, type Role, roleNames } from "../lib/roles.js";
import { superadmins } from "./superadmins.js";

/** A role that somebody has: everywhere, or in one domain. */
export const grant = new Schema(
  { role: { type: String, enum: roleNames, required: true }, domain: { type: Schema.Types.ObjectId, default: null } },
  { _id: false },
);

/** A grant as MongoDB has it. */
export type StoredGrant = { role: string; domain?: Types.ObjectId | null };
type Account = { _id: Types.ObjectId; roles: Iterable<StoredGrant> };

/** Grants as requests carry them. */
export const asGrants = (stored: Iterable<StoredGrant> = []): Grant[] =>
  [...stored].map(({ role, domain }) => ({ role: role as Role, domain: domain ? String(domain) : null }));

const accounts = () => mongoose.model("User").collection;
const stored = ({ role, domain }: Grant): StoredGrant => ({ role, domain: domain ? new Types.ObjectId(domain) : null });
/** Whether this makes somebody a superadmin. */
export const isSuper = ({ role, domain }: StoredGrant) => role === "superadmin" && !domain;

/** What happens to the roles of an account. Each is one atomic write, but for the seats of superadmins (superadmins.ts). */
export const roleVerbs = {
  /** Gives a role; one that the person has stays as it is. */
  async grantRole(this: Account, given: Grant): Promise<void> {
    const one = stored(given);
    await accounts().updateOne({ _id: this._id, roles: { $not: { $elemMatch: one } } }, {
      $push: { roles: one },
    } as object);
    if (isSuper(one)) await superadmins.join(this._id);
  },

  /** Takes a role away. False when it is the last superadmin's. */
  async revokeRole(this: Account, taken: Grant): Promise<boolean> {
    const one = stored(taken);
    if (isSuper(one) && [...this.roles].some(isSuper) && !(await superadmins.leave(this._id))) return false;
    await accounts().updateOne({ _id: this._id }, { $pull: { roles: one } } as object);
    if (isSuper(one)) await superadmins.settle(this._id);
    return true;
  },

  /** Gives up the seat of a superadmin, before the account is locked or deleted. False when it is the last one's. */
  async leaveOffice(this: Account): Promise<boolean> {
    return ![...this.roles].some(isSuper) || superadmins.leave(this._id);
  },

  /** Takes the seat again, when the account is unlocked or stays after all. */
  async resumeOffice(this: Account): Promise<void> {
    if ([...this.roles].some(isSuper)) await superadmins.join(this._id);
  },
};
