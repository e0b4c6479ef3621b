/**
 * Minimum length of new passwords of users with a second factor, and the lowest PASSWORD_MIN. In code points, like all
 * lengths of passwords. ASVS 6.2.1 requires 8.
 */
export const SHORTEST_PASSWORD = 12;

/** The highest PASSWORD_MIN. NIST SP 800-63B-4 §3.1.1.2 allows no limit that is too short for 64 characters. */
export const LONGEST_MINIMUM = 64;

let withoutSecondFactor = SHORTEST_PASSWORD;

/** Sets the minimum length of new passwords of users without a second factor (PASSWORD_MIN), once at start. */
export function setMinPasswordLength(characters: number): void {
  withoutSecondFactor = characters;
}

/**
 * Returns the minimum length of a new password. NIST SP 800-63B-4 §3.1.1.1 asks for longer passwords where nothing else
 * protects the account.
 */
export const getMinPasswordLength = ({ hasSecondFactor }: { hasSecondFactor?: boolean | undefined } = {}): number =>
  hasSecondFactor ? SHORTEST_PASSWORD : withoutSecondFactor;
