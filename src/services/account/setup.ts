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

/** The same in every process that has the same SESSION_SECRET, and nowhere stored. */
const token = () => deriveSecret(config.sessionSecrets[0] ?? "", "setup");

/** The address where the first account is opened; null when there is one. Whoever starts the app sees it. */
export async function findSetupUrl(): Promise<string | null> {
  return (await firstUser.needsSetup()) ? `${config.baseUrl.origin}/setup/${token()}` : null;
}

/** Whether the first account can be opened with this token: nobody has one yet, and it is the right one. */
export async function canSetUp(given: string): Promise<boolean> {
  return (await firstUser.needsSetup()) && isSameSecret(given, token());
}

/** Whether this form opened the first account before: its answer was lost, and who knows the address sends it once more. */
export async function wasSetUp(given: string, registration: Pick<Registration, "username" | "email">) {
  return isSameSecret(given, token()) && (await firstUser.isFounder(registration));
}

const afterSetup = followUp<{ email: string }>(User, "setup", async ({ id, actor, data: { email } }) => {
  await superadmins.claimSeat(id);
  await record(actor, "user.registered", { id: String(id) });
  await record(actor, "role.granted", { id: String(id) }, { role: "superadmin" });
  await releaseAddress(email);
});

/** Opens the first account, a superadmin's; null when another was faster, "username-taken" when a sign-up has the name. */
export async function setUp(
  actor: Actor,
  registration: Registration,
): Promise<User | Outcome<"username-taken"> | null> {
  const entry = afterSetup.entry(actor, { email: registration.email });
  const user = await firstUser.create(registration, entry);
  if (user && user !== "username-taken") await afterSetup.finish(user._id, entry);
  return user;
}
