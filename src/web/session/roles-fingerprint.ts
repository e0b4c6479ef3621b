/** Returns the roles of a user as one string, to detect a change. */
export const rolesFingerprint = ({ roles }: { roles: Iterable<{ role: string; domain?: unknown }> }): string =>
  [...roles]
    .map(({ role, domain }) => `${role}@${domain ?? ""}`)
    .sort()
    .join(" ");
