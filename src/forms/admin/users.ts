import { z } from "zod";
import { bulkActions } from "../../definitions/bulk-actions.js";
import { roleNames } from "../../definitions/roles.js";
import { factorFilters, isPage, seenWithin, sorts, states, USERS_ON_A_PAGE } from "../../definitions/user-filters.js";
import { entryId, many, onceKeyField, reason, searchAsked } from "../fields.js";
import { defineForm } from "../form.js";
import { defineQuery } from "../query.js";

const choice = "Choose one of these.";
const people = z.object({
  q: searchAsked.default(""),
  role: z.enum([...roleNames, "none"], choice).optional(),
  state: z.enum(states, choice).optional(),
  seen: z.enum(seenWithin, choice).optional(),
  factor: z.enum(factorFilters, choice).optional(),
  sort: z.enum(sorts, choice).default("newest"),
});
const page = z.string("This parameter may appear only once.").default("1");
const paged = people.extend({ page }).refine(({ page, sort }) => isPage(page, sort), {
  path: ["page"],
  error: "There is no such page in this sort order.",
});

/** Queries of the user list and of its export. The export has no pages. */
export const usersQuery = defineQuery("/admin/users", paged);
export const usersExportQuery = defineQuery("/admin/users/export.csv", people);
export type UsersAsked = z.output<typeof people>;
export type UsersQuery = z.output<typeof paged>;

const chosen = many(entryId, USERS_ON_A_PAGE, "Select at least one user.").refine(
  (ids) => ids.length > 0,
  "Select at least one user.",
);
const action = z.enum(bulkActions, "Select an action.");
/** The query of the user list from which the users were selected. */
const list = z.string().max(3_000).catch("");

/** The selected users and the action, before the admin confirms it. */
export const bulkChoice = z.object({ ids: chosen, action, list });
export const bulkQuery = defineQuery("/admin/users/bulk", bulkChoice);

/** The confirmed action. It needs a reason if the user will read one. */
export const bulkForm = defineForm(
  z
    .strictObject({
      ids: chosen,
      action,
      list,
      reason: z.preprocess((given) => given || undefined, reason.optional()),
      once: onceKeyField,
    })
    .refine((choice) => choice.action !== "disable" || choice.reason !== undefined, {
      path: ["reason"],
      error: "Enter a reason. They will see it.",
    }),
);
