import type { Actor } from "../../actor.js";
import { findRefusal } from "../../definitions/account-rules.js";
import type { Outcome, Refused, Taken } from "../../definitions/outcomes.js";
import type { ProfileData } from "../../forms/account/profile.js";
import type { Before } from "../../models/user/profile.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { canonicalizeProfile, wrongPhone } from "./open.js";

export type ProfileOutcome = Outcome<"done" | "stale" | "too-early"> | Taken | Refused;

const afterRenaming = followUp<{ from: string; to: string }>(User, "user.renamed", ({ id, actor, data }) =>
  record(actor, "user.renamed", { id: String(id) }, data),
);

/**
 * Saves a profile. Saves nothing if one of its values is refused.
 * @param since the profile that was read; the outcome is "stale" unless it is unchanged since it was read
 */
export async function saveProfile(
  actor: Actor,
  user: User,
  { username, bio, shown, ...fields }: ProfileData,
  since?: Before,
): Promise<ProfileOutcome> {
  const profile = canonicalizeProfile(fields, fields.country ?? user.profile?.country ?? "");
  if (profile === null) return wrongPhone;
  const told = { bio, shown, ...profile };
  if (username === undefined || username === user.username) return user.describe(told, since);
  const refused = findRefusal({ username });
  if (refused) return refused;
  const about = { id: user._id, actor, data: { from: user.username, to: username } };
  return afterRenaming.make(about, (entry) => user.rename(username, { since, told, entry }));
}
