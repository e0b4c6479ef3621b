import { z } from "zod";
import { showableGroups } from "../../definitions/profile-fields.js";
import { bio, email, many, username } from "../fields.js";
import { defineForm } from "../form.js";
import { managedFieldsShape, ownFieldsShape } from "../profile-fields.js";

/** The page always sends "none", so that "no box ticked" differs from a form without the boxes. */
const shown = many(
  z.enum([...showableGroups, "none"], "Select from the options."),
  10,
  "Select from the options.",
).transform((groups) => groups.filter((group) => group !== "none"));

/** A missing field stays unchanged. An empty field is removed. */
export const profileSchema = z.strictObject({
  username: username.optional(),
  bio: bio.optional(),
  ...ownFieldsShape,
  shown: shown.optional(),
});
export const profileForm = defineForm(profileSchema);
export type ProfileData = z.output<typeof profileForm.schema>;

/** The account of another user, as admins edit it. */
export const managedProfileSchema = z.strictObject({
  username: username.optional(),
  email: email.optional(),
  bio: bio.optional(),
  ...managedFieldsShape,
});
export const managedProfileForm = defineForm(managedProfileSchema);
