import { config } from "../../../config/index.js";

/**
 * Returns true for a registration whose email must still be confirmed, where that is required
 * (docs/decisions/0029-unproven-addresses.md). Nobody can log in to it, and it owns nothing but its username.
 */
export const isPending = ({ emailConfirmedAt }: { emailConfirmedAt?: Date | null }): boolean =>
  !emailConfirmedAt && config.emailConfirmation === "required";
