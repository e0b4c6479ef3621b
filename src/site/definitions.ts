/**
 * What your site is, as plain data. Upstream never edits this file, so that merging a release can't conflict here. Each
 * part is optional and extends a table of src/definitions or src/mail; an entry with a name that the table already has
 * replaces it. docs/adopting.md explains every part with an example:
 *
 * features, permissions, roles, profileGroups, profileFields, proofs, accountRules, mails, mailValues, mailColours
 */
export const site = {} as const;
