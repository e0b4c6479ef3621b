import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { digest } from "../../lib/secrets.js";
import * as mail from "../../mail/index.js";
import { countRefusedLogin } from "../../metrics/accounts.js";
import { ApiSession, type ApiSessionFields } from "../../models/api-session.js";
import { hasSecondFactor, User } from "../../models/user.js";
import { isPending } from "../account/register/pending.js";
import { record } from "../audit.js";
import { type TypedCode, verifyCode } from "../factors/verify.js";
import { followUp } from "../follow-ups.js";
import { hooks } from "../hooks/account-hooks.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { checkPasswordAllowDisabled } from "../session/check-password.js";
import { demandLogin } from "../session/new-device.js";

const NOBODY = "0".repeat(24);

type About = { user: Receiver; account: User["_id"] };

const afterNewProgram = followUp<About>(ApiSession, "program.new", async ({ actor, data: { user, account } }) =>
  mail.sendNewDevice(actor, user, createNotMeLinks(account, user)),
);

const afterReuse = followUp<About>(ApiSession, "session.replayed", async ({ actor, data: { user, account } }) => {
  await record(actor, "session.replayed", { id: String(account) });
  if (user.isConfirmed) await mail.sendRefreshTokenCopied(actor, user, createNotMeLinks(account, user));
});

const afterLogout = followUp<{ account: string }>(ApiSession, "session.ended", ({ actor, data: { account } }) =>
  record(actor, "session.ended", { id: account }),
);

type Credentials = { login: string; password: string; code: TypedCode | null };
type Refusal = Outcome<"disabled" | "unconfirmed" | "code-missing" | "wrong-code">;

/**
 * Logs an API client in. Returns null if the credentials are wrong. Unknown and throttled accounts take the same work.
 * Only a user with the right password learns that the account is disabled or unconfirmed, or has a second factor.
 * @param lifeMs how long the session can be refreshed
 * @throws Overloaded, LoginRefused
 */
export async function startApiSession(
  actor: Actor,
  { login, password, code }: Credentials,
  lifeMs: number,
): Promise<ApiSessionFields | Refusal | null> {
  const user = await User.findByLogin(login);
  const { ip, agent } = actor;
  const isNew = !(await ApiSession.isKnown(user?.id ?? NOBODY, { ip, agent }));
  // A known client has its own budget of attempts, like a known browser (docs/decisions/0014-silent-locks.md).
  const device = isNew ? null : digest(`${user?.id} ${ip} ${agent}`);
  const entered = await checkPasswordAllowDisabled(actor, { user, name: login, device }, password);
  if (entered === null || entered === "disabled") return entered;
  if (isPending(entered)) {
    countRefusedLogin("unconfirmed");
    return "unconfirmed";
  }
  if (hasSecondFactor(entered)) {
    if (!code) return "code-missing";
    if (!(await verifyCode(actor, { user: entered, device }, code))) return "wrong-code";
  }
  await demandLogin(actor, entered);
  const isTold = isNew && entered.lastLoginAt && entered.emailConfirmedAt; // no notice about the first login
  const entry = isTold ? afterNewProgram.entry(actor, getSubject(entered)) : undefined;
  const expiresAt = new Date(Date.now() + lifeMs);
  const session = await ApiSession.begin(entered, { ip, agent, expiresAt }, entry);
  await Promise.all([entered.noteLogin(), record(actor, "session.started", entered)]);
  if (entry) await afterNewProgram.finish(session._id, entry);
  return session;
}

/** The claims of a refresh token. */
type Claims = { sid: string; user: string; epoch: number; generation: number };

/**
 * Exchanges a refresh token for the next one. If the token was already used, someone has a copy. We cannot know which
 * client is the owner's, so the session ends and the owner is notified once (RFC 9700, 4.14.2).
 * @returns the session; null if the token is invalid
 * @throws LoginRefused
 */
export async function refreshApiSession(
  actor: Actor,
  { sid, user, epoch, generation }: Claims,
): Promise<ApiSessionFields | null> {
  const live = await ApiSession.findLive(sid);
  if (!live || live.person.id !== user || live.session.epoch !== epoch) return null;
  await demandLogin(actor, live.person);
  const next = await ApiSession.rotate(sid, generation);
  if (!next) await endReused(actor, live.session, user);
  return next;
}

async function endReused(actor: Actor, { _id }: ApiSessionFields, id: string): Promise<void> {
  const about = { id: _id, actor, data: getSubject(await User.findById(id).orFail()) };
  await afterReuse.make(about, (entry) => ApiSession.end(_id, undefined, entry));
}

/** Returns the claims that this installation adds to the access tokens of a session. */
export const readClaims = ({ user }: Pick<ApiSessionFields, "user">): Promise<Record<string, unknown>> =>
  hooks.addClaims({ id: String(user) });

/** Continues a session after its user changed the password. @returns the session, or null if it has ended */
export const renewApiSession = (session: ApiSessionFields): Promise<ApiSessionFields | null> =>
  ApiSession.renew(session);

export async function endApiSession(actor: Actor, session: ApiSessionFields): Promise<void> {
  const about = { id: session._id, actor, data: { account: String(session.user) } };
  await afterLogout.make(about, (entry) => ApiSession.end(session._id, undefined, entry));
}

const getSubject = (user: User): About => ({ user: toReceiver(user), account: user._id });
