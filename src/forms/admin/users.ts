import { z } from "zod";
import { bulkActions } from "../../lib/bulk-actions.js";
import { PEOPLE_ON_A_PAGE, seenWithin, sorts, states } from "../../lib/people-questions.js";
import { roleNames } from "../../lib/roles.js";
import { entryId, many, once, reason, search } from "../fields.js";
import { defineForm } from "../form.js";

/** What an address asks of the list of people; whatever it does not know is as if it was not there. */
export const peopleQuery = z.object({
  q: search,
  role: z
    .enum([...roleNames, "none"])
    .optional()
    .catch(undefined),
  state: z.enum(states).optional().catch(undefined),
  seen: z.enum(seenWithin).optional().catch(undefined),
  sort: z.enum(sorts).catch("newest"),
  page: z.string().max(80).catch("1"),
});
export type PeopleQuery = z.output<typeof peopleQuery>;

const chosen = many(entryId, PEOPLE_ON_A_PAGE, "Choose at least one person.").refine(
  (ids) => ids.length > 0,
  "Choose at least one person.",
);
const action = z.enum(bulkActions, "Choose what to do.");
/** The list that the people were chosen from, as its address has it. */
const list = z.string().max(500).catch("");

/** What was chosen in the list, to be confirmed. */
export const bulkChoice = z.object({ ids: chosen, action, list });

/** The confirmed choice. A reason is given where the person is to read one. */
export const bulkForm = defineForm(
  z
    .strictObject({
      ids: chosen,
      action,
      list,
      reason: z.preprocess((given) => given || undefined, reason.optional()),
      once,
    })
    .refine((choice) => choice.action !== "disable" || choice.reason !== undefined, {
      path: ["reason"],
      error: "Give a reason: the person reads it.",
    }),
);
export type BulkData = z.output<typeof bulkForm.schema>;
