import { setTimeout as sleep } from "node:timers/promises";
import { log } from "../log.js";

const RETRY_MS = 1_000;

/**
 * Lets Agenda connect again until it succeeds. Agenda creates its indexes when the first job is queued, and handles no
 * failure: during an outage, the unhandled rejection ended the web process, or left a queue that never became ready.
 */
export function guardConnect(backend: { connect(): Promise<void> }): void {
  const connect = backend.connect.bind(backend);
  backend.connect = async () => {
    for (;;) {
      try {
        return await connect();
      } catch (error) {
        log.warn({ err: error }, "jobs");
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  };
}
