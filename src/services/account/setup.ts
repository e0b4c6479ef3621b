import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { Registration } from "../../forms/auth/register.js";
import { deriveSecret, isSameSecret } from "../../lib/secrets.js";
import { superadmins } from "../../models/superadmin-seat.js";
import { firstUser } from "../../models/user/create/first.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { releaseAddress } from "./email-release.js";

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
 * Creates the first account, which is a superadmin. Returns null if another request was faster, or "username-taken" if
 * a registration already has the username.
 */
export async function setUp(
  actor: Actor,
  registration: Registration,
): Promise<User | Outcome<"username-taken"> | null> {
  const entry = afterSetup.entry(actor, { email: registration.email });
  const user = await firstUser.create(registration, entry);
  if (user && user !== "username-taken") await afterSetup.finish(user._id, entry);
  return user;
}
