import { z } from "zod";
import { roleNames } from "../../definitions/roles.js";
import { many } from "../fields.js";
import { defineForm } from "../form.js";

/** The site-wide roles of a user; the list may be empty. */
export const rolesForm = defineForm(
  z.strictObject({ roles: many(z.enum(roleNames), roleNames.length, "Select from the roles below.") }),
);
