import { pino } from "pino";
import { config } from "./config/index.js";

/** The only logger: JSON lines on standard output, written asynchronously (ASVS V16.2). */
export const log = pino(
  {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: [
      "password",
      "passwordHash",
      "token",
      "secret",
      "cookie",
      "authorization",
      "*.password",
      "*.passwordHash",
      "*.token",
    ],
  },
  pino.destination({ sync: false, minLength: 0 }),
);
