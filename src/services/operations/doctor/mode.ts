import { isLoopback } from "../../../lib/network/loopback.js";
import { type DoctorCheck, fail, pass } from "./finding.js";

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
