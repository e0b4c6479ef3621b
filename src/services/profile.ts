import type { Actor } from "../actor.js";
import type { ProfileData } from "../forms/account/profile.js";
import { canonicalPhone } from "../lib/phones.js";
import type { Before } from "../models/profile.js";
import type { User } from "../models/user.js";
import { record } from "./audit.js";

type Outcome = "done" | "taken" | "early" | "phone";

/**
 * Saves what a person tells about themselves; nothing of it when the new username or the number cannot be had.
 * @param since how it was read: "changed" when it is not so any more
 */
export async function saveProfile(
  actor: Actor,
  user: User,
  { username, ...told }: ProfileData,
  since?: Before,
): Promise<Outcome | "changed"> {
  const country = told.country ?? user.profile?.country ?? "";
  const phone = told.phone && canonicalPhone(told.phone, country);
  if (phone === null) return "phone";
  if (username === undefined || username === user.username) {
    return (await user.describe({ ...told, phone }, since)) ? "done" : "changed";
  }
  const outcome = await rename(actor, user, { username, since });
  if (outcome !== "done") return outcome;
  return (await user.describe({ ...told, phone }, since && { ...since, username })) ? "done" : "changed";
}

type Naming = { username: string; since: Before | undefined };

async function rename(actor: Actor, user: User, { username, since }: Naming): Promise<Outcome | "changed"> {
  const outcome = await user.rename(username, since);
  if (outcome === "done") await record(actor, "user.renamed", user, { from: user.username, to: username });
  return outcome;
}
