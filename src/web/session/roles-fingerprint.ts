/** The roles of a person in one word, to see whether they changed. */
export const rolesFingerprint = ({ roles }: { roles: Iterable<{ role: string; domain?: unknown }> }): string =>
  [...roles]
    .map(({ role, domain }) => `${role}@${domain ?? ""}`)
    .sort()
    .join(" ");
