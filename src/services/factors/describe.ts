import type { User } from "../../models/user.js";
import { countRecoveryCodes } from "./recovery-codes.js";

/** Describes the second factors of an account, for its owner and without their secrets. */
export async function describeFactors(user: User) {
  const { authenticator, authenticatorUse, passkeys, recoveryCodesMadeAt } = user;
  return {
    authenticator: authenticator && { addedAt: authenticator.addedAt, lastUsedAt: authenticatorUse?.at ?? null },
    passkeys: passkeys.map(({ _id, name, addedAt, lastUsedAt }) => {
      return { id: String(_id), name, addedAt, lastUsedAt: lastUsedAt ?? null };
    }),
    recoveryCodes: { left: await countRecoveryCodes(user), createdAt: recoveryCodesMadeAt ?? null },
  };
}
