import { z } from "zod";
import { domainName, domainRole, onceKeyField, otherUser, slug } from "../fields.js";
import { defineForm } from "../form.js";

/** Creates a domain. */
export const createDomainForm = defineForm(z.strictObject({ name: domainName, slug, once: onceKeyField }));

/** Changes the name and slug of a domain. */
export const domainForm = defineForm(z.strictObject({ name: domainName, slug }));

/** Gives a user a role in a domain. */
export const memberForm = defineForm(z.strictObject({ user: otherUser, role: domainRole }));

/** Closes a domain. The slug must be typed to prevent a mistake. */
export const createDeleteDomainForm = (domain: { slug: string }) => {
  const wrong = `Type ${domain.slug} to confirm.`;
  return defineForm(z.strictObject({ confirmation: z.string(wrong).trim().pipe(z.literal(domain.slug, wrong)) }));
};
