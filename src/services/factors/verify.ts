import type { Actor } from "../../actor.js";
import { findStep } from "../../lib/factors/authenticator.js";
import { countFactor, countRefusedLogin } from "../../metrics/accounts.js";
import { User } from "../../models/user.js";
import { isAttemptAllowed, type Proving } from "./attempts.js";
import { cancelFactorRecovery } from "./factor-recovery.js";
import { openAuthenticatorKey } from "./keys.js";
import { spendRecoveryCode } from "./recovery-codes.js";

/** What a user typed to prove a second factor: the code of an authenticator app, or a recovery code. */
export type TypedCode = { code: string } | { recoveryCode: string };

/**
 * Returns true if this is a right code, which is then used up: of several requests with the same code, one gets true.
 * It also cancels a recovery, because the factor is not lost.
 * Each attempt is counted first. An attempt beyond the limit gets the response for a wrong code.
 */
export async function verifyCode(actor: Actor, { user, device }: Proving, typed: TypedCode): Promise<boolean> {
  const attempt = await isAttemptAllowed(actor, { user, device });
  const isRight = attempt.isAllowed && (await isRightCode(actor, user, typed));
  countFactor("code" in typed ? "code" : "recovery-code", isRight);
  if (!isRight && !actor.user) countRefusedLogin(attempt.isAllowed ? "wrong-code" : "throttled");
  await (isRight ? attempt.forgive() : attempt.refuse());
  if (isRight) await cancelFactorRecovery(actor, user, { by: "factor" });
  return isRight;
}

async function isRightCode(actor: Actor, user: User, typed: TypedCode): Promise<boolean> {
  if ("recoveryCode" in typed) return spendRecoveryCode(actor, user, typed.recoveryCode);
  const current = await User.findById(user._id).select("+authenticator.key");
  if (!current?.authenticator) return false;
  const step = findStep(openAuthenticatorKey(current.authenticator.key, user.id), typed.code);
  return step !== null && current.useStep(step);
}
