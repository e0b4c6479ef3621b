import { parseArgs } from "node:util";
import { MOST_WORKERS } from "../config/index.js";

/**
 * Reads the number of web processes from command-line arguments; null without `--workers`.
 * @throws Error with a message for the operator
 */
export function readWorkers(args: string[]): number | null {
  const { values } = parseArgs({ args, options: { workers: { type: "string" } } });
  if (values.workers === undefined) return null;
  const workers = Number(values.workers);
  if (Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new Error(`--workers must be a whole number from 1 to ${MOST_WORKERS}`);
}
