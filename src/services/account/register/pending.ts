import { config } from "../../../config/index.js";

/**
 * Whether this is a sign-up that waits for its address to be confirmed, and no account yet: where that is required
 * (docs/decisions/0029-unproven-addresses.md). Nobody is logged in to one, and nothing hangs on it but its name.
 */
export const isPending = ({ emailConfirmedAt }: { emailConfirmedAt?: Date | null }): boolean =>
  !emailConfirmedAt && config.emailConfirmation === "required";
