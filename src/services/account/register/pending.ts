import { config } from "../../../config/index.js";

/**
 * Returns true for a registration that still has to confirm its email, where that is required
 * (docs/decisions/0029-unproven-addresses.md). It cannot be logged in to, and owns nothing but its username.
 */
export const isPending = ({ emailConfirmedAt }: { emailConfirmedAt?: Date | null }): boolean =>
  !emailConfirmedAt && config.emailConfirmation === "required";
