import { z } from "zod";
import { roleNames } from "../../definitions/roles.js";
import { many } from "../fields.js";
import { defineForm } from "../form.js";

/** The roles that somebody has everywhere; none at all is an answer too. */
export const rolesForm = defineForm(
  z.strictObject({ roles: many(z.enum(roleNames), roleNames.length, "Select from the roles below.") }),
);
