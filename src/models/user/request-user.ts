import type { Types } from "mongoose";
import type { RequestUser } from "../../actor.js";
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

/** Builds the stage that joins the user of a session or token as `person`. */
export const lookUpRequestUser = (localField: string) => ({
  $lookup: {
    from: "users",
    localField,
    foreignField: "_id",
    pipeline: [{ $project: { ...Object.fromEntries(fields.map((name) => [name, 1])), hasPassword } }],
    as: "person",
  },
});

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
