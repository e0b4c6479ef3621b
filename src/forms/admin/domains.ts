import { z } from "zod";
import { domainName, domainRole, onceKeyField, otherUser, slug } from "../fields.js";
import { defineForm } from "../form.js";

/** Opens a domain. */
export const createDomainForm = defineForm(z.strictObject({ name: domainName, slug, once: onceKeyField }));

/** Gives a domain another name and address. */
export const domainForm = defineForm(z.strictObject({ name: domainName, slug }));

/** Gives somebody a role in a domain. */
export const memberForm = defineForm(z.strictObject({ user: otherUser, role: domainRole }));

/** Closes a domain. The word of its address is typed once more, so that no slip closes it. */
export const createDeleteDomainForm = (domain: { slug: string }) => {
  const wrong = `Type ${domain.slug} to confirm.`;
  return defineForm(z.strictObject({ confirmation: z.string(wrong).trim().pipe(z.literal(domain.slug, wrong)) }));
};
