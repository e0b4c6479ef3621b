import * as passwords from "../../../src/lib/passwords/hash.js";
import { LoginThrottle } from "../../../src/models/login-throttle.js";
import { User } from "../../../src/models/user.js";
import { sealAuthenticatorKey } from "../../../src/services/factors/keys.js";
import { authenticator } from "./passkeys.js";

/**
 * The kinds of emails, by the state of their account. The first kind has no account, the last one is the recovery email of an
 * account.
 */
export const kinds = [
  "unknown",
  "confirmed",
  "unconfirmed",
  "disabled",
  "locked",
  "password-less",
  "recovery",
] as const;
/** Accounts with second factors and a confirmed email. The recovery of the last one waits. */
export const protectedKinds = ["app", "passkey", "app-and-passkey", "recovering"] as const;
export type Kind = (typeof kinds)[number] | (typeof protectedKinds)[number];

export const PASSWORD = "sturdy-Gate-in-the-wall";
let hash: string | undefined;
let count = 0;

/** Creates a user of this kind; all names and emails have the same length. */
export async function someone(kind: Kind) {
  count += 1;
  const username = `person${String(count).padStart(5, "0")}`;
  const who = {
    kind,
    username,
    email: `${username}@example.org`,
    network: `11.${(count >> 8) & 255}.${count & 255}.7`,
  };
  if (kind === "unknown") return who;
  hash ??= await passwords.hash(PASSWORD);
  const user = await User.create({
    username,
    email: kind === "recovery" ? `${username}@example.net` : who.email,
    ...(kind === "recovery" && { recoveryEmail: { address: who.email, since: new Date() } }),
    ...(kind !== "password-less" && { passwordHash: hash }),
    ...(kind !== "unconfirmed" && { emailConfirmedAt: new Date() }),
    ...(kind === "disabled" && { disabledAt: new Date() }),
    ...createFactors(kind),
  });
  if (hasApp(kind)) {
    const key = sealAuthenticatorKey("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", user.id);
    await User.updateOne({ _id: user._id }, { authenticator: { key, addedAt: new Date() } });
  }
  if (kind === "locked") await lock(user.id, who.network);
  return who;
}
export type Someone = Awaited<ReturnType<typeof someone>>;

const hasApp = (kind: Kind) => kind === "app" || kind === "app-and-passkey" || kind === "recovering";

/** Returns the stored second factors of an account of this kind, except the app, whose key is bound to the account. */
function createFactors(kind: Kind) {
  const now = new Date();
  const dueAt = new Date(now.getTime() + 3_600_000);
  return {
    ...((kind === "passkey" || kind === "app-and-passkey") && { passkeys: [authenticator().stored()] }),
    ...(kind === "app-and-passkey" && { recoveryCodes: ["x".repeat(43)], recoveryCodesMadeAt: now }),
    ...(kind === "recovering" && { factorRecovery: { askedAt: now, dueAt, epoch: 0 } }),
  };
}

async function lock(account: string, network: string) {
  const one = { account, name: "", network, device: null, ip: network, agent: "" };
  while ((await LoginThrottle.count(one)).isAllowed);
  const lockedUntil = new Date(Date.now() + 3_600_000); // longer than any test
  await LoginThrottle.updateOne({ user: account }, { $set: { "places.$[].lockedUntil": lockedUntil } });
}
