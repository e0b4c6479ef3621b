import { config } from "../../../config/index.js";
import { streamJson } from "../../../lib/files/json-stream.js";
import type { ZipEntry } from "../../../lib/files/zip.js";
import { withFrontMatter } from "../../../lib/text/front-matter.js";
import { describeAgent } from "../../../lib/text/user-agent.js";
import { ApiToken } from "../../../models/api-token.js";
import { AuditEvent } from "../../../models/audit-event.js";
import { getFileName } from "../../../models/avatar.js";
import { Comment } from "../../../models/comment.js";
import { Device } from "../../../models/device.js";
import { Domain } from "../../../models/domain.js";
import { MailedLink } from "../../../models/mailed-link.js";
import { Post, type PostFields } from "../../../models/post.js";
import { getTrustEnd } from "../../../models/session/trusted-browser.js";
import { findFactorRecovery, User } from "../../../models/user.js";
import { avatarStore } from "../../avatar/storage.js";
import { describeFactors } from "../../factors/describe.js";
import { presentEvent } from "../activity.js";

const getPostUrl = ({ _id, slug }: PostFields) => new URL(`/posts/${_id}/${slug}`, config.baseUrl).href;

/**
 * Streams all data that a user entered or we recorded about them, as JSON, without hashes, secrets and internal ids.
 */
export async function* streamAccountJson(user: User): AsyncGenerator<string> {
  const devices = await Device.listForUser(user.id);
  yield* streamJson({
    exportedAt: new Date(),
    site: config.baseUrl.origin,
    account: await exportAccount(user),
    secondFactors: await exportFactors(user),
    devices: devices.map((device) => {
      const { name, agent, ip, firstSeenAt, lastSeenAt } = device;
      const seen = { firstSeenAt, lastSeenAt, secondFactorSkippedUntil: getTrustEnd(device, user) };
      return { name: name || null, browser: describeAgent(agent), agent, ip, ...seen };
    }),
    apiTokens: (await ApiToken.listForUser(user.id)).map((token) => {
      const { description, scopes, createdAt, expiresAt, lastUsedAt, lastUsedIp, revokedAt = null } = token;
      return { description, scopes, createdAt, expiresAt, lastUsedAt, lastUsedIp, revokedAt };
    }),
    activity: exportActivity(user),
    posts: exportPosts(user),
    comments: exportComments(user),
  });
}

async function exportAccount(user: User) {
  const { username, email, emailConfirmedAt, bio, createdAt, usernameChangedAt, lastLoginAt, deletion } = user;
  const plan = deletion && { dueAt: deletion.dueAt, posts: deletion.posts };
  const wantedEmail = await MailedLink.pendingEmail(user);
  const wantedRecoveryEmail = await MailedLink.pendingEmail(user, "recovery-email");
  const { recoveryEmail, formerRecoveryEmail: removed } = user;
  const formerRecoveryEmail = removed && {
    email: removed.address,
    since: removed.since,
    mayReturnUntil: removed.until,
  };
  const formerEmails = user.formerEmails.map(({ email: former, until }) => ({ email: former, mayReturnUntil: until }));
  const dates = { createdAt, usernameChangedAt, lastLoginAt };
  const emails = { comments: !user.commentMailsOffAt };
  const { profile, shown } = user.toObject();
  const picture = pictureName(user);
  const told = { bio, profile, shownOnPage: shown, picture: picture && `${config.baseUrl.origin}/${picture}` };
  const roles = await exportRoles(user);
  const hasPassword = Boolean((await User.findById(user._id).select("+passwordHash"))?.passwordHash);
  return {
    username,
    email,
    emailConfirmedAt,
    wantedEmail,
    formerEmails,
    recoveryEmail: recoveryEmail ? { email: recoveryEmail.address, since: recoveryEmail.since } : null,
    wantedRecoveryEmail,
    formerRecoveryEmail: formerRecoveryEmail ?? null,
    hasPassword,
    ...told,
    ...dates,
    emails,
    roles,
    deletion: plan,
  };
}

async function exportFactors(user: User) {
  const { passkeys, ...others } = await describeFactors(user);
  const recovery = findFactorRecovery(user);
  return { ...others, passkeys: passkeys.map(({ id: _internal, ...passkey }) => passkey), recovery };
}

async function exportRoles(user: User) {
  const named = await Domain.namesIn(user.roles);
  return user.roles
    .map(({ role, domain }) => ({ role, domain: domain ? named.get(String(domain)) : null }))
    .filter(({ domain }) => domain !== undefined); // the domain was closed
}

const pictureName = ({ picture }: User) => picture && getFileName(picture, 512, "jpg");

async function* exportActivity(user: User) {
  for await (const event of AuditEvent.streamForUser(user.id)) yield await presentEvent(event);
}

async function* exportPosts(user: User) {
  const named = await Domain.namesIn(user.roles);
  for await (const post of Post.streamByAuthor(user.id)) {
    yield { ...exportPostFields(post, named), body: post.body };
  }
}

/** Exports the comments that the user wrote, also where they can no longer read the post, and on posts of others. */
async function* exportComments(user: User) {
  for await (const { _id, body, createdAt, editedAt, hiddenAt } of Comment.streamByAuthor(user.id)) {
    yield { address: `${config.baseUrl.origin}/comments/${_id}`, body, createdAt, editedAt, hiddenAt };
  }
}

/** Streams the same data as the files of a ZIP archive, with each post as Markdown. */
export async function* streamAccountFiles(user: User): AsyncGenerator<ZipEntry> {
  const taken = new Map<string, number>();
  const named = await Domain.namesIn(user.roles);
  yield { path: "account.json", at: new Date(), content: streamAccountJson(user) };
  const name = pictureName(user);
  const picture = name && (await avatarStore.get(name));
  if (picture) yield { path: "picture.jpg", at: new Date(), content: picture.content };
  for await (const post of Post.streamByAuthor(user.id)) {
    yield {
      path: `posts/${freeName(post, taken)}.md`,
      at: post.updatedAt,
      content: [withFrontMatter(exportPostFields(post, named), post.body)],
    };
  }
}

/**
 * Returns all fields of a post except its text. Omits a domain that the author has left, because its name may have
 * changed.
 */
function exportPostFields(post: PostFields, named: Map<string, string>) {
  const { title, visibility, createdAt, updatedAt, publishedAt = null } = post;
  const place = visibility === "domain" && { domain: named.get(String(post.domain)) ?? null };
  return { title, visibility, ...place, address: getPostUrl(post), createdAt, publishedAt, updatedAt };
}

/**
 * Returns a file name that is valid on every file system and unique in the export: date, slug, and a number if needed.
 * @param taken the names used so far, each with the last number used
 */
function freeName({ createdAt, slug }: PostFields, taken: Map<string, number>): string {
  const name = `${createdAt.toISOString().slice(0, 10)}-${slug.replace(/[^a-z0-9-]/g, "") || "post"}`;
  let number = taken.get(name) ?? 0;
  let free = name;
  while (taken.has(free)) {
    number += 1;
    free = `${name}-${number + 1}`;
  }
  taken.set(name, number).set(free, taken.get(free) ?? 0);
  return free;
}
