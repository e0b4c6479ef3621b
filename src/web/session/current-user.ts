import type { RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";

/** Converts an account to the user of a request. Whether they are a member also depends on the configuration. */
export const toCurrentUser = (person: Omit<RequestUser, "isMember">): RequestUser => ({
  ...person,
  isMember: person.isEmailConfirmed || config.emailConfirmation === "optional",
});
