import { pino } from "pino";
import { config } from "./config/index.js";

/** Commands (scripts) print their result to standard output, such as JSON for another program. */
const isCommand = /[\\/]dist[\\/]scripts[\\/]/.test(process.argv[1] ?? "");
const [STDOUT, STDERR] = [1, 2];
/** The processes share a pipe. The system does not mix what is written to it at once, up to this size (PIPE_BUF of Linux). */
const ATOMIC_BYTES = 4_096;

/** The only logger. It writes JSON lines asynchronously: to standard output, or of a command to standard error (ASVS V16.2). */
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
  pino.destination({ dest: isCommand ? STDERR : STDOUT, sync: false, minLength: 0, maxWrite: ATOMIC_BYTES }),
);
