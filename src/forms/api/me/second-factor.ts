import type { z } from "zod";
import { authenticatorCode, recoveryCode } from "../../auth/second-factor.js";

/** The second factor in a call, for accounts that have one. At most one of the two. */
export const factorShape = {
  otp: authenticatorCode.optional().meta({ description: "The six digits that the authenticator app shows" }),
  recovery_code: recoveryCode.optional().meta({ description: "A recovery code, instead of `otp`; it works once" }),
};
type Sent = { [Name in keyof typeof factorShape]?: z.output<(typeof factorShape)[Name]> };

/** Allows at most one of the two codes. */
export const hasOneCode = ({ otp, recovery_code }: Sent): boolean => otp === undefined || recovery_code === undefined;
export const tooManyCodes = { path: ["recovery_code"], error: "Send either otp or recovery_code." };

/** Returns the code that was sent, or null. */
export function toTypedCode({ otp, recovery_code }: Sent): { code: string } | { recoveryCode: string } | null {
  if (otp !== undefined) return { code: otp };
  return recovery_code === undefined ? null : { recoveryCode: recovery_code };
}
