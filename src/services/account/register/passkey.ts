import type { Actor } from "../../../actor.js";
import { verifyNewPasskey } from "../../../lib/factors/passkeys.js";
import { describeAgent } from "../../../lib/text/user-agent.js";
import { User } from "../../../models/user.js";
import { passkeySite } from "../../factors/passkey-options.js";
import { takeChallenge } from "../../factors/use-passkey.js";

/**
 * Verifies a passkey that a browser has created for a new account. Uses up its challenge.
 * @param browser the browser that asked for the challenge
 * @returns the passkey, and the id of the account for which it was created; "exists" if an account has it already, for
 * example after the same form was sent twice; "forbidden" if it did not verify its user; "invalid" otherwise
 */
export async function takeNewPasskey(actor: Actor, credential: unknown, browser: string | null) {
  const used = await takeChallenge(credential, browser);
  const made = used?.purpose === "sign-up" && (await verifyNewPasskey(credential, used.challenge, passkeySite));
  if (!used?.user || !made) return (await isKnown(credential)) ? "exists" : "invalid";
  if (!made.isUserVerified) return "forbidden"; // it could not log in alone
  const passkey = { ...made.passkey, name: describeAgent(actor.agent), addedAt: new Date() };
  return { _id: new User({ _id: used.user })._id, passkeys: [passkey] };
}

/**
 * Returns true if this form has opened an account before: it was sent twice, or the response was lost. It proves nothing,
 * because its challenge is used up.
 */
export const hasOpened = async (credential: unknown, { username, email }: Pick<User, "username" | "email">) =>
  (await User.exists({ ...owning(credential), username, email })) !== null;

const isKnown = (credential: unknown) => User.exists(owning(credential));
const owning = (credential: unknown) => ({
  "passkeys.credential": String((credential as { id?: unknown } | null)?.id),
});
