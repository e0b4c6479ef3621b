import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Refused, Taken } from "../../definitions/outcomes.js";
import type { Registration } from "../../forms/auth/register.js";
import * as passwords from "../../lib/passwords/hash.js";
import { deriveSecret, isSameSecret } from "../../lib/secrets.js";
import { superadmins } from "../../models/superadmin-seat.js";
import { FIRST_ID, firstUser } from "../../models/user/create/first.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { releaseAddress } from "./email-release.js";
import { openAccount } from "./open.js";

/** The setup token. It is never stored: all processes with the same SESSION_SECRET derive the same token. */
const token = () => deriveSecret(config.sessionSecrets[0] ?? "", "setup");

/** Returns the URL where the operator creates the first account, or null if an account exists. */
export async function findSetupUrl(): Promise<string | null> {
  return (await firstUser.needsSetup()) ? `${config.baseUrl.origin}/setup/${token()}` : null;
}

/** Returns true if the token is valid and no account exists yet. */
export async function canSetUp(given: string): Promise<boolean> {
  return (await firstUser.needsSetup()) && isSameSecret(given, token());
}

/** Returns true if this form already created the first account: its response was lost, and the form was sent again. */
export async function wasSetUp(given: string, registration: Pick<Registration, "username" | "email">) {
  return isSameSecret(given, token()) && (await firstUser.isFounder(registration));
}

const afterSetup = followUp<{ email: string }>(User, "setup", async ({ id, actor, data: { email } }) => {
  await superadmins.claimSeat(id);
  await record(actor, "user.registered", { id: String(id) });
  await record(actor, "role.granted", { id: String(id) }, { role: "superadmin" });
  await releaseAddress(email);
});

/**
 * Creates the first account, which is a superadmin with a confirmed email. The unique index on ids allows only one of
 * several concurrent requests to create it.
 * @returns the account; the field that a registration already has; the refusal by a rule; null if another request was
 *   faster
 * @throws Overloaded
 */
export async function setUp(
  actor: Actor,
  { password, username, email, ...profile }: Registration,
): Promise<User | Taken | Refused | null> {
  const passwordHash = await passwords.hash(password);
  if (!(await firstUser.needsSetup())) return null;
  const account = {
    ...{ _id: FIRST_ID, username, email, profile, passwordHash },
    isConfirmed: true,
    roles: [{ role: "superadmin" as const }],
  };
  const opened = await openAccount(actor, account, { followUp: afterSetup, data: { email } });
  return opened === "exists" ? null : opened;
}
