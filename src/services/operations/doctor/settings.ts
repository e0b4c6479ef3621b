import { isLoopback } from "../../../lib/network/loopback.js";
import { type DoctorCheck, fail, pass, warn } from "./finding.js";

// Settings that production requires, and that are dangerous if it is switched off.

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

/** Checks that a public installation runs in production mode. */
export const checkMode: DoctorCheck = ({ production, baseUrl }) =>
  production || baseUrl.protocol !== "https:" || isLoopback(baseUrl.hostname)
    ? [pass(production ? "The app runs in production mode" : "The app runs in development mode, on this machine")]
    : [
        fail(
          "BASE_URL is public, but NODE_ENV is not production",
          "Without production mode, anyone can read all emails with their links at /dev/mailbox, and settings are not checked.",
          "Set NODE_ENV=production, and restart.",
        ),
      ];
