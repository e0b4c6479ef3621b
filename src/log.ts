import { pino } from "pino";
import { config } from "./config/index.js";

/** The only logger. It writes JSON lines to standard output, asynchronously (ASVS V16.2). */
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
