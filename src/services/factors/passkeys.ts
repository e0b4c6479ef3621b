import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { readChallenge, verifyNewPasskey } from "../../lib/factors/passkeys.js";
import { describeAgent } from "../../lib/text/user-agent.js";
import * as mail from "../../mail/index.js";
import { PasskeyChallenge } from "../../models/passkey-challenge.js";
import { hasSecondFactor, MOST_PASSKEYS, User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { passkeySite } from "./passkey-options.js";

type Change = { user: Receiver; name: string };

const afterAdding = followUp<Change>(User, "passkey.added", async ({ id, actor, data: { user, name } }) => {
  await record(actor, "passkey.added", { id: String(id) }, { name });
  if (user.isConfirmed) await mail.sendPasskeyAdded(actor, user, createNotMeLinks(id, user));
});

const afterRemoving = followUp<Change>(User, "passkey.removed", async ({ id, actor, data: { user, name } }) => {
  await record(actor, "passkey.removed", { id: String(id) }, { name });
  if (user.isConfirmed) await mail.sendPasskeyRemoved(actor, user, createNotMeLinks(id, user));
});

type Adding = { credential: unknown; name: string; browser: string };

/**
 * Adds a passkey. The first factor of an account ends all sessions; the caller then renews its own.
 * @param about.browser the browser that asked for the challenge
 * @param about.name empty for the name of the device
 * @returns "invalid" if the passkey is not valid or the challenge is used or expired, "exists" if an account has this
 * passkey, "limit-reached" if the account already has the maximum number of passkeys, "stale" if it has just changed
 */
export async function addPasskey(
  actor: Actor,
  user: User,
  { credential, name, browser }: Adding,
): Promise<Outcome<"done" | "invalid" | "exists" | "limit-reached" | "stale">> {
  const used = await PasskeyChallenge.use(readChallenge(credential) ?? "", browser);
  if (used?.purpose !== "register" || used.user !== user.id) return "invalid";
  const made = await verifyNewPasskey(credential, used.challenge, passkeySite);
  if (!made?.isUserVerified) return "invalid"; // otherwise it could not log in alone
  if (user.passkeys.length >= MOST_PASSKEYS) return "limit-reached";
  const passkey = { ...made.passkey, name: name || describeAgent(actor.agent) };
  const data = { user: toReceiver(user, hasSecondFactor(user) ? 0 : 1), name: passkey.name };
  return afterAdding.make({ id: user._id, actor, data }, (entry) => user.addPasskey(passkey, entry));
}

/** Renames a passkey. Returns false if the account does not have it. */
export const renamePasskey = (user: User, id: string, name: string): Promise<boolean> => user.renamePasskey(id, name);

/**
 * Removes a passkey, and the recovery codes with the last factor. Ends all sessions; the caller renews its own.
 * @returns "not-found" if the account does not have it, "forbidden" for the last login method, "stale" if the account
 * has just changed
 */
export async function removePasskey(
  actor: Actor,
  user: User,
  id: string,
): Promise<Outcome<"done" | "not-found" | "forbidden" | "stale">> {
  const passkey = user.passkeys.id(id);
  if (!passkey) return "not-found";
  if (user.passkeys.length === 1 && !user.passwordHash) return "forbidden";
  const data = { user: toReceiver(user, 1), name: passkey.name };
  const isDone = await afterRemoving.make({ id: user._id, actor, data }, (entry) => user.removePasskey(id, entry));
  return isDone ? "done" : "stale";
}
