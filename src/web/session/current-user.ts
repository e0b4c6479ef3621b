import type { Person } from "../../actor.js";
import { config } from "../../config/index.js";

/** A person as requests carry them: whether they may see what members see depends on the configuration too. */
export const asMember = (person: Omit<Person, "isMember">): Person => ({
  ...person,
  isMember: person.isEmailConfirmed || config.emailConfirmation === "optional",
});
