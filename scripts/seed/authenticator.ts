import { randomBytes } from "node:crypto";
import { toAuthenticatorKey } from "../../src/lib/factors/authenticator.js";
import { User } from "../../src/models/user.js";
import { sealAuthenticatorKey } from "../../src/services/factors/keys.js";

/** The demonstration user with an authenticator app. */
export const PROTECTED = "ingrid";

/** Gives a demonstration user a new authenticator app, so that people can try it. @returns its key */
export async function renewAuthenticator(id: string): Promise<string> {
  const key = toAuthenticatorKey(randomBytes(20));
  await (await User.findById(id).orFail()).removeFactors();
  const user = await User.findById(id).orFail();
  await user.addAuthenticator({ key: sealAuthenticatorKey(key, id), step: 0 });
  return key;
}
