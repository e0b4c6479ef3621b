import { z } from "zod";
import { domainName, domainRole, onceKeyField, otherUser, slug } from "../fields.js";
import { defineForm } from "../form.js";

/** The form that creates a domain. */
export const createDomainForm = defineForm(z.strictObject({ name: domainName, slug, once: onceKeyField }));

/** The form that changes the name and slug of a domain. */
export const domainForm = defineForm(z.strictObject({ name: domainName, slug }));

/** The form that gives a user a role in a domain. */
export const memberForm = defineForm(z.strictObject({ user: otherUser, role: domainRole }));

/** The form that closes a domain. The admin must type the slug, which prevents mistakes. */
export const createDeleteDomainForm = (domain: { slug: string }) => {
  const wrong = `Type ${domain.slug} to confirm.`;
  return defineForm(z.strictObject({ confirmation: z.string(wrong).trim().pipe(z.literal(domain.slug, wrong)) }));
};
