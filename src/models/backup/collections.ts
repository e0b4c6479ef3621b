import { ApiSession } from "../api-session.js";
import { ApiToken } from "../api-token.js";
import { AuditErasure } from "../audit-erasure.js";
import { AuditEvent } from "../audit-event.js";
import { AuditSeal } from "../audit-seal.js";
import { Avatar } from "../avatar.js";
import { Comment } from "../comment.js";
import { DevMail } from "../dev-mail.js";
import { Device } from "../device.js";
import { Domain } from "../domain.js";
import { Export } from "../export.js";
import { IdempotencyKey } from "../idempotency-key.js";
import { Invitation } from "../invitation.js";
import { LoginThrottle } from "../login-throttle.js";
import { MailedLink } from "../mailed-link.js";
import { MigrationRun } from "../migration.js";
import { PasskeyChallenge } from "../passkey-challenge.js";
import { PendingLogin } from "../pending-login.js";
import { Post } from "../post.js";
import { RateLimits } from "../rate-limit.js";
import { Session } from "../session.js";
import { User } from "../user.js";
import { Webhook } from "../webhook.js";
import { WebhookDelivery } from "../webhook-delivery.js";

type HasCollection = { collection: { collectionName: string } };
const getName = ({ collection }: HasCollection) => collection.collectionName;

/** The collection of the avatar records. Their files follow them in a backup. */
export const AVATARS = getName(Avatar);

/**
 * The collections in a backup, in the order in which they are read. Where the database cannot read all of them as of one
 * moment, the order keeps references valid: a document is read before what it refers to, which was there first. So every
 * comment has its post, every number of a post is at most its counter, and every post has its author, unless the other one
 * was deleted in the meantime.
 */
export const keptCollections: readonly string[] = [
  getName(Comment),
  getName(Post),
  "counters",
  getName(ApiToken),
  getName(Invitation),
  getName(AuditSeal),
  getName(AuditEvent),
  getName(AuditErasure),
  "daycounts",
  getName(User),
  getName(Domain),
  AVATARS,
  getName(Webhook),
  getName(MigrationRun),
  "canaries",
];

/** Those that a start of the app writes into an empty database. */
export const writtenAtStart: readonly string[] = [getName(MigrationRun), "canaries"];

/**
 * The collections that no backup contains, each with the reason. A restored database must not give back what has ended
 * since: a session, a link that was used, an email that was sent.
 */
export const droppedCollections: Readonly<Record<string, string>> = {
  [getName(Session)]: "would be valid again",
  [getName(ApiSession)]: "would be valid again",
  [getName(Device)]: "would be remembered again, and skip the second factor again",
  [getName(PendingLogin)]: "lasts five minutes",
  [getName(PasskeyChallenge)]: "lasts five minutes",
  [getName(MailedLink)]: "would work a second time",
  [getName(LoginThrottle)]: "lasts minutes",
  [getName(IdempotencyKey)]: "lasts a day",
  [getName(Export)]: "lasts a day; users ask again",
  "exports.files": "as its record",
  "exports.chunks": "as its record",
  [getName(WebhookDelivery)]: "would be sent again",
  [getName(DevMail)]: "for development only",
  [getName(RateLimits)]: "lasts minutes",
  jobs: "would send old emails again; the cleanup jobs queue again what is missing",
  agenda_logs: "log of the jobs",
  seats: "is built again from the roles of the users",
};

/** The files of avatars, where the database stores them. A backup has them in another form. */
export const avatarFileCollections: readonly string[] = ["pictures.files", "pictures.chunks"];
