import { z } from "zod";
import { roleNames } from "../../definitions/roles.js";
import { many, reason } from "../fields.js";
import { defineForm } from "../form.js";

/** Why somebody is locked out. */
export const disablingForm = defineForm(z.strictObject({ reason }));

/** Why an account is deleted, and what becomes of its posts. */
export const removal = z.strictObject({
  reason,
  posts: z.enum(["keep", "remove"], "Choose what becomes of the posts.").default("keep"),
});
export const removalForm = defineForm(removal);

/** The roles that somebody has everywhere; none at all is an answer too. */
export const rolesForm = defineForm(
  z.strictObject({ roles: many(z.enum(roleNames), roleNames.length, "Choose among the roles below.") }),
);
