import type { Actor } from "../../actor.js";
import type { Outcome } from "../../definitions/outcomes.js";
import type { ProfileData } from "../../forms/account/profile.js";
import { canonicalizePhone } from "../../lib/text/phone.js";
import type { Before } from "../../models/user/profile.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";

/** "invalid": the country of the phone number is unknown. */
export type ProfileOutcome = Outcome<"done" | "stale" | "username-taken" | "too-early" | "invalid">;

const afterRenaming = followUp<{ from: string; to: string }>(User, "user.renamed", ({ id, actor, data }) =>
  record(actor, "user.renamed", { id: String(id) }, data),
);

/**
 * Saves a profile. Saves nothing if the new username or the phone number is refused.
 * @param since the profile as it was read; the outcome is "stale" if it has changed since
 */
export async function saveProfile(
  actor: Actor,
  user: User,
  { username, ...told }: ProfileData,
  since?: Before,
): Promise<ProfileOutcome> {
  const country = told.country ?? user.profile?.country ?? "";
  const phone = told.phone && canonicalizePhone(told.phone, country);
  if (phone === null) return "invalid";
  if (username === undefined || username === user.username) {
    return (await user.describe({ ...told, phone }, since)) ? "done" : "stale";
  }
  const about = { id: user._id, actor, data: { from: user.username, to: username } };
  return afterRenaming.make(about, (entry) => user.rename(username, { since, told: { ...told, phone }, entry }));
}
