import type { Actor } from "../../actor.js";
import { readChallenge, verifyPasskey } from "../../lib/factors/passkeys.js";
import { countFactor, countRefusedLogin } from "../../metrics/accounts.js";
import { PasskeyChallenge, type UsedChallenge } from "../../models/passkey-challenge.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { cancelFactorRecovery } from "./factor-recovery.js";
import { getUserHandle, passkeySite } from "./passkey-options.js";

/** The parts of a credential that say whose it is. */
type Sent = { id?: unknown; response?: { userHandle?: unknown } } | null;

/** Uses up the challenge that a credential signed. Of several requests with the same one, only one gets it. */
export const takeChallenge = (credential: unknown, browser: string | null): Promise<UsedChallenge | null> | null =>
  browser ? PasskeyChallenge.use(readChallenge(credential) ?? "", browser) : null;

/** Returns what tells the browser that no account has this passkey. Returns null if one has it, or if it is no credential. */
export async function findUnknown(credential: unknown): Promise<{ rpId: string; unknown: string } | null> {
  const { id } = (credential ?? {}) as NonNullable<Sent>;
  if (typeof id !== "string" || !/^[\w-]{1,1400}$/.test(id)) return null;
  return (await User.exists({ "passkeys.credential": id })) ? null : { rpId: passkeySite.rpId, unknown: id };
}

/** The user whose passkey was used, and whether it also asked for a PIN, a fingerprint or a face. */
export type ProvedPasskey = { user: User; isVerified: boolean };

const withKeys = "+passkeys.publicKey +passkeys.counter +passwordHash";

/**
 * Returns the user whose passkey signed this challenge, or null. Unknown and disabled accounts get the same response as a
 * wrong passkey, after the same work. Without a password before it, the passkey must have verified its user, with a PIN
 * or a fingerprint (`isVerified`).
 *
 * A counter that is not higher than the last one means that a copy of the passkey exists, or that an earlier response
 * was lost (WebAuthn Level 3, 6.1.1 and 7.2). Both are rare, and only the owner can tell them apart: we refuse it, and
 * record it.
 * @param used the challenge, which is used up
 */
export async function findUserByPasskey(
  actor: Actor,
  credential: unknown,
  used: UsedChallenge,
): Promise<ProvedPasskey | null> {
  const { id, response } = (credential ?? {}) as NonNullable<Sent>;
  if (typeof id !== "string") return null;
  const user = await User.findOne({ "passkeys.credential": id }).select(withKeys);
  const known = user?.passkeys.find((one) => one.credential === id);
  const isUsable = user && known && !user.disabledAt && isOwnHandle(user, response?.userHandle, used);
  const verified =
    isUsable && (await verifyPasskey(credential, { known, challenge: used.challenge, site: passkeySite }));
  if (!isUsable || !verified || (used.purpose !== "factor" && !verified.isUserVerified)) {
    countRefusal(actor);
    await record(actor, "passkey.refused", user, known && { name: known.name });
    return null;
  }
  if (await user.usePasskey(id, verified)) {
    countFactor("passkey", true);
    await cancelFactorRecovery(actor, user, { by: "factor" });
    return { user, isVerified: verified.isUserVerified };
  }
  countRefusal(actor);
  await record(actor, "passkey.cloned", user, { name: known.name });
  return null;
}

function countRefusal(actor: Actor): void {
  countFactor("passkey", false);
  if (!actor.user) countRefusedLogin("wrong-passkey");
}

/** A login with a passkey alone needs its user handle; elsewhere, the account is known (WebAuthn Level 3, 7.2). */
function isOwnHandle(user: User, handle: unknown, used: UsedChallenge): boolean {
  if (used.user !== null && used.user !== user.id) return false;
  if (handle === undefined || handle === null) return used.user !== null;
  return handle === getUserHandle(user.id);
}
