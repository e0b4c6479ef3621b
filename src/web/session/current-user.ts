import type { RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";
import { isAdmin } from "../../definitions/roles.js";

/** Converts an account to the user of a request: adds what also depends on the configuration. */
export const toCurrentUser = (person: Omit<RequestUser, "isMember" | "mustAddFactor">): RequestUser => ({
  ...person,
  isMember: person.isEmailConfirmed || config.emailConfirmation === "optional",
  mustAddFactor: !person.hasSecondFactor && needsSecondFactor(person),
});

/** Returns true if this installation requires a second factor of the user. "admins" are all users with a permission. */
function needsSecondFactor({ roles }: Pick<RequestUser, "roles">): boolean {
  if (config.secondFactor !== "admins") return config.secondFactor === "everyone";
  return isAdmin(roles);
}
