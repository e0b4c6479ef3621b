import { log } from "../log.js";

/** Children are gone within this time after SIGTERM. What is still under way is cut off; jobs start again elsewhere. */
export const GONE_WITHIN_MS = 4_500;

/** After an uncaught exception, the state of the process is unknown. It logs the error and exits (ASVS V16.5.4). */
export function exitOnUncaughtException(): void {
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught exception");
    log.flush(() => process.exit(1));
  });
}

/**
 * Ends a child of the supervisor at SIGTERM, or when the supervisor has ended.
 * @param finish finishes the work; if it takes too long, the process exits anyway
 */
export function endWithSupervisor(finish: () => Promise<void>): void {
  process.on("SIGTERM", () => {
    exitWithin(GONE_WITHIN_MS);
    void finish();
  });
  process.on("SIGINT", () => undefined); // Ctrl-C reaches all processes of a terminal; the supervisor decides
  process.on("SIGHUP", () => undefined);
  process.on("disconnect", () => process.exit(1));
}

/** Exits after this time if the process has not ended by itself. */
export const exitWithin = (ms: number) => void setTimeout(() => process.exit(0), ms).unref();

/** Writes the log, and exits. */
export const exit = (code: number): void => log.flush(() => process.exit(code));

/** Prints why this process cannot start, and exits with the error's exit code. */
export function failToStart(error: Error): never {
  process.stderr.write(`${error.message}\n`);
  process.exit("exitCode" in error ? Number(error.exitCode) : 1);
}
