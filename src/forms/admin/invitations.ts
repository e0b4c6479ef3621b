import { z } from "zod";
import { domainOrSite, email, onceKeyField, role } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that invites a user, with a role for the whole site or in one domain. */
export const invitationForm = defineForm(z.strictObject({ email, role, domain: domainOrSite, once: onceKeyField }));
export type InvitationData = z.output<typeof invitationForm.schema>;
