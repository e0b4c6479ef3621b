import { z } from "zod";
import { roleNames } from "../../definitions/roles.js";
import { many } from "../fields.js";
import { defineForm } from "../form.js";

/** The form with the site-wide roles of a user. The list can be empty. */
export const rolesForm = defineForm(
  z.strictObject({ roles: many(z.enum(roleNames), roleNames.length, "Select from the roles below.") }),
);
