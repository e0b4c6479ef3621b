import { Schema } from "mongoose";
import { indexOutbox, outboxField } from "../outbox.js";
import { avatarMethods } from "./avatar.js";
import { credentialMethods } from "./credentials.js";
import { deletionMethods } from "./deletion.js";
import { emailMethods, formerEmail } from "./email.js";
import { profileMethods, storedProfile } from "./profile.js";
import { isDate, unused } from "./register/unused.js";
import { roleMethods, storedGrant } from "./roles.js";
import { searchEntries } from "./search/terms.js";
import { statusMethods } from "./status.js";

/** Usernames (ASCII) are compared without regard to case; emails are stored in canonical form. */
export const ignoringCase = { locale: "en", strength: 2 } as const;

/** Stored fields and indexes of users. */
export const userSchema = new Schema(
  {
    username: { type: String, required: true },
    /** Empty if another account confirmed the email that was given here. */
    email: { type: String, default: "" },
    passwordHash: { type: String, select: false },
    /** When a mailed link confirmed the email. */
    emailConfirmedAt: { type: Date, default: null },
    /** Previous emails that can be restored, oldest first, each with its time limit. */
    formerEmails: { type: [formerEmail], default: [] },
    bio: { type: String, default: "" },
    profile: { type: storedProfile, default: () => ({}) },
    /** The profile fields that everyone may see (definitions/profile-fields.ts). */
    shown: { type: [String], default: [] },
    /** Hash of the current avatar, and the upload that will replace it (models/avatar.ts). */
    picture: { type: String, default: null },
    pictureUpload: { type: Schema.Types.ObjectId, default: null },
    disabledAt: { type: Date, default: null },
    usernameChangedAt: { type: Date, default: null },
    /**
     * When the account will be deleted, what happens to its posts, whether admins (`imposed`) or inactivity (`idle`)
     * caused it, and when it began.
     */
    deletion: {
      type: new Schema({ dueAt: Date, posts: String, imposed: Boolean, idle: Boolean, begunAt: Date }, { _id: false }),
      default: null,
    },
    lastLoginAt: { type: Date, default: null },
    /** Granted roles, each for the site or one domain (definitions/permissions.ts). */
    roles: { type: [storedGrant], default: [] },
    /** Search terms of the user list; missing until they are made (models/user/search/terms.ts). */
    search: { type: searchEntries, select: false },
    /** Number of posts, used to choose a query; `counted` holds the last changes that are included (post-count.ts). */
    postCount: { type: Number, default: 0 },
    counted: { type: [Schema.Types.ObjectId], default: undefined, select: false },
    /** Sessions store the epoch in which they began; raising it ends them all (docs/decisions/0003-session-epoch.md). */
    sessionEpoch: { type: Number, default: 0 },
    /** Follow-ups still to run after a change (models/outbox.ts). */
    outbox: outboxField,
    /** Mailed links that have changed the account, so that each works once (used-links.ts). */
    usedLinks: { type: [Schema.Types.ObjectId], default: undefined },
    /** The API client that registered the account; missing if it was a browser. */
    signedUpBy: { type: String, select: false },
  },
  {
    /** Each change of the account sets `updatedAt` (collection.ts). */
    timestamps: true,
    methods: {
      ...credentialMethods,
      ...profileMethods,
      ...avatarMethods,
      ...emailMethods,
      ...deletionMethods,
      ...statusMethods,
      ...roleMethods,
    },
  },
);

indexOutbox(userSchema);
userSchema.index({ username: 1 }, { unique: true, collation: ignoringCase });
// Only one account can have an email confirmed. Until then, any number of registrations may name it.
userSchema.index(
  { email: 1 },
  { name: "confirmed", unique: true, partialFilterExpression: { emailConfirmedAt: isDate } },
);
userSchema.index(
  { email: 1, createdAt: -1 },
  { name: "unconfirmed-addresses", partialFilterExpression: { emailConfirmedAt: null } },
);
userSchema.index({ createdAt: 1 }, { name: "unused", partialFilterExpression: unused });
userSchema.index(
  { lastLoginAt: 1 },
  { name: "idle", partialFilterExpression: { emailConfirmedAt: null, lastLoginAt: isDate } },
);
userSchema.index({ "deletion.dueAt": 1 }, { partialFilterExpression: { "deletion.dueAt": isDate } });
// Members of a domain (models/membership.ts), ordered by account; users without a domain are not in the index.
userSchema.index(
  { "roles.domain": 1, _id: 1 },
  { name: "members", partialFilterExpression: { "roles.domain": { $exists: true } } },
);
