import { Types } from "mongoose";
import type { RequestUser } from "../../actor.js";
import { findAll } from "../find-all.js";
import { getUserCollection } from "./collection.js";
import { findFactorRecovery } from "./credentials/factor-recovery.js";
import { hasSecondFactor } from "./credentials/factors.js";
import { type StoredGrant, toGrants } from "./roles.js";

/** The fields of a user that are read together with a session or token. */
export type RequestUserFields = {
  _id: Types.ObjectId;
  username: string;
  email: string;
  postCount: number;
  sessionEpoch: number;
  disabledAt: Date | null;
  emailConfirmedAt?: Date | null;
  passwordChangeRequiredAt?: Date | null;
  hasPassword: boolean;
  deletion?: { dueAt: Date } | null;
  roles?: StoredGrant[];
  picture?: string | null;
  authenticator?: { addedAt: Date } | null;
  passkeys?: readonly unknown[];
  factorRecovery?: Parameters<typeof findFactorRecovery>[0]["factorRecovery"];
};
const fields = [
  ..."username email postCount sessionEpoch disabledAt emailConfirmedAt deletion roles picture".split(" "),
  ..."passwordChangeRequiredAt authenticator.addedAt passkeys._id factorRecovery".split(" "),
];

/** The hash itself is never read together with a session. */
const hasPassword = { $eq: [{ $type: "$passwordHash" }, "string"] };

const projection = { ...Object.fromEntries(fields.map((name) => [name, 1])), hasPassword };

/** Reads the users of several sessions or tokens. Returns them by id. */
export async function findRequestUsers(ids: string[]): Promise<Map<string, RequestUserFields>> {
  if (ids.length === 0) return new Map();
  const among = [...new Set(ids)].map((id) => new Types.ObjectId(id));
  const found = await findAll<RequestUserFields>(getUserCollection(), { _id: { $in: among } }, { projection });
  return new Map(found.map((person) => [String(person._id), person]));
}

/** Converts stored fields to the user of a request. Omits the fields that depend on the configuration. */
export function toRequestUser(found: RequestUserFields): Omit<RequestUser, "isMember" | "mustAddFactor"> {
  const { _id, username, email, postCount, roles, emailConfirmedAt, deletion, picture = null } = found;
  const { sessionEpoch: epoch } = found;
  const state = {
    isEmailConfirmed: Boolean(emailConfirmedAt),
    mustChangePassword: Boolean(found.passwordChangeRequiredAt),
    hasPassword: found.hasPassword,
    hasSecondFactor: hasSecondFactor(found),
    factorRecovery: findFactorRecovery(found),
    deletionDueAt: deletion?.dueAt ?? null,
  };
  return { id: String(_id), username, email, postCount, epoch, picture, roles: toGrants(roles), ...state };
}
