import { create } from "./create.js";
import { disable, enable, endSessions, resetLink, resetSecondFactors } from "./helping.js";
import { list } from "./list.js";
import { demote, promote } from "./roles.js";
import type { Verb } from "./verb.js";

/** All verbs, in the order of the help. */
export const verbs: Record<string, Verb> = {
  create,
  promote,
  demote,
  disable,
  enable,
  "end-sessions": endSessions,
  "reset-link": resetLink,
  "reset-factors": resetSecondFactors,
  list,
};
