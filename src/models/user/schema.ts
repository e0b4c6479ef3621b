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

/** Usernames compare without regard to case (they are ASCII); e-mail addresses are stored in canonical form. */
export const ignoringCase = { locale: "en", strength: 2 } as const;

/** What is stored of a person, and the indexes behind every question that is asked about them. */
export const userSchema = new Schema(
  {
    username: { type: String, required: true },
    /** Empty when another account confirmed the address that was given here. */
    email: { type: String, default: "" },
    passwordHash: { type: String, select: false },
    /** When the address was proven to be theirs, by a mailed link. */
    emailConfirmedAt: { type: Date, default: null },
    /** Addresses that may come back, oldest first, and until when. */
    formerEmails: { type: [formerEmail], default: [] },
    bio: { type: String, default: "" },
    profile: { type: storedProfile, default: () => ({}) },
    /** What of the profile everyone may see (definitions/profile-fields.ts). */
    shown: { type: [String], default: [] },
    /** The hash of the picture that is shown, and the upload that is to become the next (models/avatar.ts). */
    picture: { type: String, default: null },
    pictureUpload: { type: Schema.Types.ObjectId, default: null },
    disabledAt: { type: Date, default: null },
    usernameChangedAt: { type: Date, default: null },
    /** When the account will be deleted, what becomes of its posts, whether others or nobody wanted it, and since when it is being deleted. */
    deletion: {
      type: new Schema({ dueAt: Date, posts: String, imposed: Boolean, idle: Boolean, begunAt: Date }, { _id: false }),
      default: null,
    },
    lastLoginAt: { type: Date, default: null },
    /** What the person may do beyond writing, and in which domain (definitions/permissions.ts). */
    roles: { type: [storedGrant], default: [] },
    /** What the person is found by in the list of people; missing until it is made (models/user/search/terms.ts). */
    search: { type: searchEntries, select: false },
    /** Kept beside the posts, to choose how to read them; and the last changes that are counted in it (post-count.ts). */
    postCount: { type: Number, default: 0 },
    counted: { type: [Schema.Types.ObjectId], default: undefined, select: false },
    /** Sessions carry the epoch they began in; raising it ends them all (docs/decisions/0003-session-epoch.md). */
    sessionEpoch: { type: Number, default: 0 },
    /** What is left to do after a change (models/outbox.ts). */
    outbox: outboxField,
    /** The mailed links that changed the account, so that each does it once (used-links.ts). */
    usedLinks: { type: [Schema.Types.ObjectId], default: undefined },
    /** The program that signed up by the JSON API; missing where a browser did. */
    signedUpBy: { type: String, select: false },
  },
  {
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
// An address belongs to the account that confirmed it. Any number of sign-ups may name it until then.
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
// Who is in a domain (models/membership.ts): in the order of the accounts, without those who are in none.
userSchema.index(
  { "roles.domain": 1, _id: 1 },
  { name: "members", partialFilterExpression: { "roles.domain": { $exists: true } } },
);
