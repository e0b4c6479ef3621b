import { Types } from "mongoose";
import type { Profile } from "../../definitions/profile-fields.js";
import { batchReads } from "../../lib/async/batch-loader.js";
import { findAll } from "../find-all.js";
import { User } from "../user.js";
import type { StoredGrant } from "./roles.js";

/** The fields of an account that the JSON API returns. */
export type Account = {
  _id: Types.ObjectId;
  username: string;
  email: string;
  emailConfirmedAt?: Date | null;
  bio?: string;
  profile?: Profile | null;
  shown?: string[];
  picture?: string | null;
  roles?: StoredGrant[];
  createdAt: Date;
  updatedAt?: Date;
  sessionEpoch?: number;
  lastLoginAt?: Date | null;
  disabledAt?: Date | null;
  deletion?: { dueAt?: Date | null } | null;
  passwordChangeRequiredAt?: Date | null;
  authenticator?: { addedAt: Date } | null;
  passkeys?: { addedAt: Date }[];
};
const fields = [
  ...["username", "email", "emailConfirmedAt", "bio", "profile", "shown", "picture", "roles", "createdAt"],
  ...["updatedAt", "lastLoginAt", "disabledAt", "deletion.dueAt", "sessionEpoch", "passwordChangeRequiredAt"],
  ...["authenticator.addedAt", "passkeys.addedAt"],
];
export const accountFields = Object.fromEntries(fields.map((field) => [field, 1 as const]));

const read = batchReads(async (ids) => {
  const among = { _id: { $in: ids.map((id) => new Types.ObjectId(id)) } };
  const found = await findAll<Account>(User.collection, among, { projection: accountFields });
  return new Map(found.map((account) => [String(account._id), account]));
});

/** Finds an account by id, or returns null. Concurrent calls share one read. */
export const readAccount = (id: string): Promise<Account | null> =>
  /^[0-9a-f]{24}$/.test(id) ? read(id) : Promise.resolve(null);
