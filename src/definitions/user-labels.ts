import { hasAddress } from "./features.js";
import { type Role, roleNames, roles } from "./roles.js";
import type { UserFactor, UserSeen, UserSort, UserState } from "./user-filters.js";

/** Labels for the states of an account. */
export const stateWords: Record<UserState, string> = {
  active: "Active",
  disabled: "Disabled",
  unconfirmed: "Unconfirmed",
  deleting: "Pending deletion",
};
export const seenWords: Record<UserSeen, string> = {
  day: "In the last 24 hours",
  week: "In the last 7 days",
  month: "In the last 30 days",
  longer: "More than 30 days ago",
  never: "Never",
};
export const factorWords: Record<UserFactor, string> = { none: "No second factor" };
export const sortWords: Record<UserSort, string> = {
  newest: "Newest first",
  oldest: "Oldest first",
  username: "Username (A–Z)",
  seen: "Last login, newest first",
};
/** Labels for the filter by role. Every account is a user, so "user" finds users with that role in a domain. */
export const roleWords: Record<Role | "none", string> = {
  ...(Object.fromEntries(roleNames.map((role) => [role, roles[role].label])) as Record<Role, string>),
  user: "Organization member",
  none: "No site role",
};
/** The choices of that filter. */
export const roleFilters = (Object.keys(roleWords) as (Role | "none")[]).filter(
  (role) => role !== "user" || hasAddress("/domains"),
);

type Account = {
  disabledAt?: Date | null;
  emailConfirmedAt?: Date | null;
  deletion?: { dueAt?: Date | null } | null;
};

/** Lists the states of an account, most serious first. */
export function listUserStates({ disabledAt, emailConfirmedAt, deletion }: Account): UserState[] {
  const states: UserState[] = [];
  if (disabledAt) states.push("disabled");
  if (deletion?.dueAt) states.push("deleting");
  if (!emailConfirmedAt) states.push("unconfirmed");
  return states.length > 0 ? states : ["active"];
}
