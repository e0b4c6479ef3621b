import type { RequestUser } from "../../actor.js";
import { config } from "../../config/index.js";

/** A person as requests carry them: whether they may see what members see depends on the configuration too. */
export const toCurrentUser = (person: Omit<RequestUser, "isMember">): RequestUser => ({
  ...person,
  isMember: person.isEmailConfirmed || config.emailConfirmation === "optional",
});
