import type { Actor } from "../actor.js";
import { Forbidden, NotFound } from "../errors.js";
import type { TokenData } from "../forms/account/api-tokens.js";
import { actOnEach, everyNew, type Stop } from "../lib/until-done.js";
import * as mail from "../mail/index.js";
import { ApiToken, type ApiTokenFields } from "../models/api-token.js";
import { Token } from "../models/token.js";
import { User } from "../models/user.js";
import { mayMakeTokens, scopesOf } from "../policies/api-tokens.js";
import { mayActOn } from "../policies/users.js";
import { record } from "./audit.js";

const DAYS = 86_400_000;

/**
 * Makes a token for whoever asks, and tells them.
 * @returns the token and its secret, which nobody can read again; or that they may not do what it is for, or have too many
 * @throws Forbidden
 */
export async function makeToken(
  actor: Actor,
  { description, scopes, expiresInDays }: TokenData,
): Promise<{ token: ApiTokenFields; secret: string } | "scopes" | "full"> {
  if (!actor.user || !mayMakeTokens(actor)) throw new Forbidden();
  const allowed = scopesOf(actor);
  if (scopes.some((scope) => !allowed.includes(scope))) return "scopes";
  const expiresAt = new Date(Date.now() + expiresInDays * DAYS);
  const made = await ApiToken.issue(actor.user.id, { description, scopes, expiresAt });
  if (!made) return "full";
  const user = await User.findById(actor.user.id);
  if (!user || user.disabledAt || user.sessionEpoch !== actor.user.epoch) {
    await ApiToken.revoke(actor.user.id, String(made.token._id)); // what ended everything may have come before it was there
    throw new Forbidden();
  }
  await record(actor, "api-token.made", user, { name: description });
  if (user.emailConfirmedAt) {
    await mail.tokenMade(actor, user, description, await Token.issue({ purpose: "not-me", user, email: user.email }));
  }
  return made;
}

/** Makes one of somebody's tokens worthless: they do it themselves, or who helps them, who then tells them. @throws Forbidden, NotFound */
export async function revokeToken(actor: Actor, user: User | { id: string }, id: string): Promise<void> {
  const isOwn = actor.user?.id === user.id;
  const isAllowed = isOwn ? mayMakeTokens(actor) : "roles" in user && mayActOn(actor, "users.help", user);
  if (!isAllowed) throw new Forbidden();
  const revoked = await ApiToken.revoke(user.id, id);
  if (!revoked) throw new NotFound();
  await record(actor, "api-token.revoked", user, { name: revoked.description });
  if (!isOwn && "roles" in user && user.emailConfirmedAt) await mail.tokenRevoked(user, revoked.description);
}

/** Tells owners which of their tokens end within a week, once: a job does it. */
export async function warnOfEndingTokens(now = new Date(), stop?: Stop): Promise<void> {
  const ending = everyNew(
    () => ApiToken.listEnding(now),
    ({ _id }) => _id,
  );
  await actOnEach(ending, warnOfEnding, { stop, what: "warnings" });
}

async function warnOfEnding(token: ApiTokenFields): Promise<void> {
  if (!(await ApiToken.noteWarned(token))) return;
  const user = await User.findById(token.user);
  if (user?.emailConfirmedAt && !user.disabledAt) await mail.tokenEnds(user, token.description, token.expiresAt);
}
