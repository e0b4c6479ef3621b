import type { Actor } from "../../actor.js";
import { type BulkAction, bulkActionTexts } from "../../definitions/bulk-actions.js";
import type { Outcome } from "../../definitions/outcomes.js";
import { Forbidden } from "../../errors.js";
import type { AccountOutcome } from "../../models/user/roles.js";
import type { User } from "../../models/user.js";
import { can } from "../../policies/permissions.js";
import { mayActOn } from "../../policies/users.js";
import { disableUser, enableUser } from "./disable.js";
import {
  type ConfirmationOutcome,
  type EndOutcome,
  endUserSessions,
  type ResetOutcome,
  sendConfirmation,
  sendReset,
} from "./support.js";

type BulkOutcome = AccountOutcome | EndOutcome | ConfirmationOutcome | ResetOutcome;
type Act = (actor: Actor, user: User, more: { reason: string; key: string | undefined }) => Promise<BulkOutcome>;

const acts: Record<BulkAction, Act> = {
  disable: (actor, user, { reason }) => disableUser(actor, user, reason),
  enable: enableUser,
  "end-sessions": (actor, user, { key }) => endUserSessions(actor, user, key),
  "send-confirmation": (actor, user, { key }) => sendConfirmation(actor, user, key),
  "send-reset": (actor, user, { key }) => sendReset(actor, user, key),
};

/** Why a user was skipped, for each outcome of an action. */
const reasons: Record<Exclude<BulkOutcome, "done"> | Outcome<"forbidden">, string> = {
  forbidden: "no permission",
  unchanged: "no change needed",
  "last-superadmin": "the only superadmin",
  disabled: "disabled",
  "no-email": "no email address",
  confirmed: "already confirmed",
};

/** Usernames that were changed, and usernames that were skipped, by reason. */
export type BulkResult = { done: string[]; skipped: Map<string, string[]> };

/** Returns true if the actor has the permission to do this to the user. The action itself can still fail. */
export const mayAct = (actor: Actor, action: BulkAction, user: User): boolean =>
  mayActOn(actor, bulkActionTexts[action].permission, user);

/**
 * Applies an action to each of these users, as if the admin did so on the user's own page. Users without permission for
 * it are skipped and named. A repeated form has no further effect.
 * @throws Forbidden if the actor may not use the action at all
 */
export async function actOnMany(
  actor: Actor,
  users: User[],
  { action, reason = "", once: key }: { action: BulkAction; reason?: string | undefined; once?: string | undefined },
): Promise<BulkResult> {
  if (!can(actor, bulkActionTexts[action].permission)) throw new Forbidden();
  const result: BulkResult = { done: [], skipped: new Map() };
  for (const user of users) {
    const outcome = mayAct(actor, action, user) ? await acts[action](actor, user, { reason, key }) : "forbidden";
    if (outcome === "done") result.done.push(user.username);
    else skip(result, user, reasons[outcome]);
  }
  return result;
}

function skip({ skipped }: BulkResult, { username }: User, why: string): void {
  skipped.set(why, [...(skipped.get(why) ?? []), username]);
}
