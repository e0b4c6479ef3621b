import { z } from "zod";
import { domainOrSite, email, onceKeyField, role } from "../fields.js";
import { defineForm } from "../form.js";

/** Asks somebody in, with a role: everywhere, or in the domain of this word. */
export const invitationForm = defineForm(z.strictObject({ email, role, domain: domainOrSite, once: onceKeyField }));
export type InvitationData = z.output<typeof invitationForm.schema>;
