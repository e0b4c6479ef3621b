import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden, NotFound } from "../../errors.js";
import type { TokenData } from "../../forms/account/api-tokens.js";
import { createApiToken, deriveApiToken, getTokenPrefix } from "../../lib/api-token-format.js";
import { actOnEach, iterateNew, type Stop } from "../../lib/async/until-done.js";
import { createSecret, deriveSecret } from "../../lib/secrets.js";
import * as mail from "../../mail/index.js";
import { ApiToken, type ApiTokenFields } from "../../models/api-token.js";
import { deriveFormId, runOnceAbout } from "../../models/outbox/once.js";
import { isEntryOf } from "../../models/outbox.js";
import { User } from "../../models/user.js";
import { listScopes, mayMakeTokens } from "../../policies/api-tokens.js";
import { mayActOn } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";

const DAYS = 86_400_000;

/** The audit log shows the name that the user chose; emails show the first characters of the secret. */
type Named = { name: string; beginning: string };
type Made = Named & { user: Receiver; account: User["_id"] };

const afterMaking = followUp<Made>(ApiToken, "api-token.made", async ({ actor, data }) => {
  const { user, account, name, beginning } = data;
  await record(actor, "api-token.made", { id: String(account) }, { name });
  if (user.isConfirmed) await mail.sendApiTokenCreated(actor, user, beginning, createNotMeLinks(account, user));
});

type Revoked = Named & { account: string; told: Receiver | null };

const afterRevoking = followUp<Revoked>(ApiToken, "api-token.revoked", async ({ actor, data }) => {
  const { account, name, beginning, told } = data;
  await record(actor, "api-token.revoked", { id: account }, { name });
  if (told?.isConfirmed) await mail.sendApiTokenRevoked(told, beginning);
});

/**
 * Creates a token for the actor and notifies them by email.
 * @param key the form's idempotency key, if any: a repeated form creates no second token
 * @returns the token and its secret, which cannot be read again; "forbidden" if the actor lacks one of the scopes
 * @throws Forbidden
 */
export async function makeToken(
  actor: Actor,
  { description, scopes, expiresInDays }: TokenData,
  key?: string,
): Promise<{ token: ApiTokenFields; secret: string } | Outcome<"forbidden" | "limit-reached">> {
  if (!actor.user || !mayMakeTokens(actor)) throw new Forbidden();
  const allowed = listScopes(actor);
  if (scopes.some((scope) => !allowed.includes(scope))) return "forbidden";
  const expiresAt = new Date(Date.now() + expiresInDays * DAYS);
  const user = await User.findById(actor.user.id).orFail();
  const words = [actor.user.id, description, ...scopes, String(expiresInDays)];
  const [random, salt] = [createApiToken(), createSecret()];
  const secretWith = (salt: string) => (key ? secretFor([salt, key, ...words]) : random);
  const beginning = getTokenPrefix(secretWith(salt));
  const about = { user: toReceiver(user), account: user._id, name: description, beginning };
  const entry = afterMaking.entry(actor, about);
  const _id = await deriveFormId(key, ["api-token", ...words], ApiToken.isRevoked);
  const once = { _id, salt, secretWith, entry };
  const made = await ApiToken.issue(actor.user.id, { description, scopes, expiresAt }, once);
  if (!made) return "limit-reached";
  await demandUnchanged(actor, made.token._id);
  if (isEntryOf(made.token, entry)) await afterMaking.finish(made.token._id, entry);
  return made;
}

const secretFor = (words: string[]) =>
  deriveApiToken(deriveSecret(config.sessionSecrets[0] ?? "", JSON.stringify(["api-token", ...words])));

/** Removes the new token if all access was revoked before the token was stored. @throws Forbidden */
async function demandUnchanged(actor: Actor, token: ApiTokenFields["_id"]): Promise<void> {
  const user = await User.findById(actor.user?.id);
  if (user && !user.disabledAt && user.sessionEpoch === actor.user?.epoch) return;
  await ApiToken.drop(token);
  throw new Forbidden();
}

/**
 * Revokes a token. Owners can revoke their own tokens. Admins can revoke those of others, who then get an email.
 * @throws Forbidden, NotFound
 */
export async function revokeToken(actor: Actor, user: User | { id: string }, id: string): Promise<void> {
  const isOwn = actor.user?.id === user.id;
  const isAllowed = isOwn ? mayMakeTokens(actor) : "roles" in user && mayActOn(actor, "users.help", user);
  if (!isAllowed) throw new Forbidden();
  const token = await ApiToken.findOwn(user.id, id);
  if (!token) throw new NotFound();
  const told = !isOwn && "roles" in user ? toReceiver(user) : null;
  const about = {
    id: token._id,
    actor,
    data: { account: user.id, name: token.description, beginning: token.beginning, told },
  };
  if (!(await afterRevoking.make(about, (entry) => ApiToken.revoke(token, entry)))) throw new NotFound();
}

/** Warns the owners of tokens that expire within a week, once for each token. Called by a job. */
export async function warnOfEndingTokens(now = new Date(), stop?: Stop): Promise<void> {
  const ending = iterateNew<ApiTokenFields>((failed) => ApiToken.listEnding(now, failed));
  await actOnEach(ending, warnOfEnding, { stop, what: "warnings" });
}

async function warnOfEnding(token: ApiTokenFields): Promise<void> {
  const { _id, beginning, expiresAt } = token;
  const user = await User.findById(token.user);
  const warn = { document: _id, at: expiresAt, what: "ends" };
  if (user?.emailConfirmedAt && !user.disabledAt)
    await runOnceAbout(warn, () => mail.sendApiTokenExpiring(user, beginning, expiresAt));
  await ApiToken.noteWarned(token);
}
