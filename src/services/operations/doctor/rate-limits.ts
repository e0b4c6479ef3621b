import { type DoctorCheck, pass, warn } from "./finding.js";

/** Checks that rate limits are on. Production does not start without them. */
export const checkRateLimits: DoctorCheck = ({ rateLimits }) =>
  rateLimits
    ? [pass("Rate limits are on")]
    : [
        warn(
          "Rate limits are off",
          "Passwords can be guessed without a limit, and strangers can trigger any number of emails.",
          "Remove RATE_LIMITS from the settings, and restart.",
        ),
      ];
