import { Schema } from "mongoose";
import { uniqueFieldNames } from "../../definitions/profile-fields.js";
import { indexOutbox, outboxField } from "../outbox.js";
import { avatarMethods } from "./avatar.js";
import { credentialMethods } from "./credentials/credentials.js";
import { factorRecoveryField, factorRecoveryMethods } from "./credentials/factor-recovery.js";
import { factorFields, factorMethods } from "./credentials/factors.js";
import { passkeyMethods } from "./credentials/passkeys.js";
import { deletionMethods } from "./deletion.js";
import { emailMethods, formerEmail } from "./email/email.js";
import { recoveryEmailMethods, storedFormerRecoveryEmail, storedRecoveryEmail } from "./email/recovery-email.js";
import { profileMethods, storedProfile } from "./profile.js";
import { isDate, unused } from "./register/unused.js";
import { roleMethods, storedGrant } from "./roles.js";
import { searchEntries } from "./search/terms.js";
import { statusMethods } from "./status.js";

/** Usernames (ASCII) are compared without regard to case. Emails are stored in canonical form. */
export const ignoringCase = { locale: "en", strength: 2 } as const;

/** Matches a field with text, as the partial index of a unique profile field requires of its queries. */
export const isText = { $type: "string" } as const;

/**
 * Returns the keys and options of the index of a unique profile field. Accounts without a value are not in the index,
 * so there can be many of them.
 */
export function toUniqueIndex(field: string) {
  const path = `profile.${field}`;
  const partialFilterExpression = { [path]: isText };
  const options = { name: path, unique: true, collation: ignoringCase, partialFilterExpression };
  return [{ [path]: 1 as const }, options] as const;
}

/** Stored fields and indexes of users. */
export const userSchema = new Schema(
  {
    username: { type: String, required: true },
    /** Empty if another account has confirmed the email that this account had. */
    email: { type: String, default: "" },
    passwordHash: { type: String, select: false },
    ...factorFields,
    /** The recovery that a user without the second factor has started (credentials/factor-recovery.ts). */
    factorRecovery: factorRecoveryField,
    /** When an admin chose the password. Null after the user has replaced it. */
    passwordChangeRequiredAt: { type: Date, default: null },
    /** When a mailed link confirmed the email. */
    emailConfirmedAt: { type: Date, default: null },
    /** Previous emails that can still be restored, oldest first, each with its time limit. */
    formerEmails: { type: [formerEmail], default: [] },
    /** Second email, which gets notices and password resets too, and the last one that was removed. */
    recoveryEmail: { type: storedRecoveryEmail, default: null },
    formerRecoveryEmail: { type: storedFormerRecoveryEmail, default: null },
    bio: { type: String, default: "" },
    profile: { type: storedProfile, default: () => ({}) },
    /** The profile fields that other users may see (definitions/profile-fields.ts). */
    shown: { type: [String], default: [] },
    /** Hash of the current avatar, and the upload that will replace it (models/avatar.ts). */
    picture: { type: String, default: null },
    pictureUpload: { type: Schema.Types.ObjectId, default: null },
    /** When the user turned off emails about comments on their posts. */
    commentMailsOffAt: { type: Date, default: null },
    disabledAt: { type: Date, default: null },
    usernameChangedAt: { type: Date, default: null },
    /**
     * When the account will be deleted, what happens to its posts, and when the deletion started. `imposed` is true if
     * an admin scheduled it, `idle` if inactivity did.
     */
    deletion: {
      type: new Schema({ dueAt: Date, posts: String, imposed: Boolean, idle: Boolean, begunAt: Date }, { _id: false }),
      default: null,
    },
    lastLoginAt: { type: Date, default: null },
    /** Granted roles, each for the whole site or one domain (definitions/permissions.ts). */
    roles: { type: [storedGrant], default: [] },
    /** Search terms of the user list; missing until they are created (models/user/search/terms.ts). */
    search: { type: searchEntries, select: false },
    /** Number of posts, used to choose a query; `counted` holds the last changes that are included (outbox/count-once.ts). */
    postCount: { type: Number, default: 0 },
    counted: { type: [Schema.Types.ObjectId], default: undefined, select: false },
    /**
     * Sessions store the epoch in which they began. Raising it ends them all (docs/decisions/0003-session-epoch.md).
     */
    sessionEpoch: { type: Number, default: 0 },
    /** Follow-ups that must still run after a change (models/outbox.ts). */
    outbox: outboxField,
    /** Mailed links that have changed the account. Each can do so only once (used-links.ts). */
    usedLinks: { type: [Schema.Types.ObjectId], default: undefined },
    /** The API client that registered the account; missing if the user registered in a browser. */
    signedUpBy: { type: String, select: false },
  },
  {
    /** Each change of the account sets `updatedAt` (collection.ts). */
    timestamps: true,
    methods: {
      ...credentialMethods,
      ...factorMethods,
      ...factorRecoveryMethods,
      ...passkeyMethods,
      ...profileMethods,
      ...avatarMethods,
      ...emailMethods,
      ...recoveryEmailMethods,
      ...deletionMethods,
      ...statusMethods,
      ...roleMethods,
    },
  },
);

indexOutbox(userSchema);
userSchema.index({ username: 1 }, { unique: true, collation: ignoringCase });
// Only one account can have an email confirmed. Several registrations can have it unconfirmed.
userSchema.index(
  { email: 1 },
  { name: "confirmed", unique: true, partialFilterExpression: { emailConfirmedAt: isDate } },
);
// A passkey belongs to one account (WebAuthn Level 3, 7.1).
userSchema.index(
  { "passkeys.credential": 1 },
  { name: "passkeys", unique: true, partialFilterExpression: { "passkeys.credential": { $exists: true } } },
);
userSchema.index(
  { email: 1, createdAt: -1 },
  { name: "unconfirmed-addresses", partialFilterExpression: { emailConfirmedAt: null } },
);
// Only one account can have an email as its recovery email. It may be the primary email of another account: docs/decisions/0044-second-address.md.
userSchema.index(
  { "recoveryEmail.address": 1 },
  { name: "recovery", unique: true, partialFilterExpression: { "recoveryEmail.address": { $exists: true } } },
);
for (const field of uniqueFieldNames) userSchema.index(...toUniqueIndex(field));
userSchema.index({ createdAt: 1 }, { name: "unused", partialFilterExpression: unused });
userSchema.index(
  { lastLoginAt: 1 },
  { name: "idle", partialFilterExpression: { emailConfirmedAt: null, lastLoginAt: isDate } },
);
userSchema.index({ "deletion.dueAt": 1 }, { partialFilterExpression: { "deletion.dueAt": isDate } });
// Members of a domain (models/membership.ts) in the order of their accounts. Users without a domain are not in the
// index.
userSchema.index(
  { "roles.domain": 1, _id: 1 },
  { name: "members", partialFilterExpression: { "roles.domain": { $exists: true } } },
);
