import type { Measures } from "../metrics/text.js";

/** What the supervisor sends to its children. */
export type Instruction =
  /** The database is available. `share` is the number of web processes that share the processors. */
  | { type: "start"; uri: string; share: number }
  /** Another process has taken over: finish what is under way, however slow the client is, and exit. */
  | { type: "retire" }
  /** Jobs of this kind were queued by a web process. */
  | { type: "look-for"; name: string }
  /** Report your metrics. */
  | { type: "measure" }
  /** The metrics of all other processes, as requested. */
  | { type: "measures"; others: Measures[] }
  /** Answer, to show that your event loop is not blocked. */
  | { type: "ping" };

/** What children send to the supervisor. */
export type ChildReport =
  /** The process has loaded its code and waits for the order to start. */
  | { type: "loaded" }
  /** The process does its work. `setupUrl` is where the first account can be created; null if there are accounts. */
  | { type: "ready"; setupUrl?: string | null }
  | { type: "queued"; name: string }
  | { type: "alive" }
  /** Asks for the metrics of all other processes. `own` are those of this one, in case that it ends soon. */
  | { type: "need-measures"; own: Measures }
  | { type: "measured"; measures: Measures };

/** Sends a report to the supervisor, and resolves when it has left. If the supervisor has just ended, this process ends soon, too. */
export const report = (message: ChildReport) =>
  new Promise<void>((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });

/** Calls a function for each order of this type. */
export function onOrder<Type extends Instruction["type"]>(
  type: Type,
  act: (order: Extract<Instruction, { type: Type }>) => void,
) {
  process.on("message", (order: Instruction) => {
    if (order.type === type) act(order as Extract<Instruction, { type: Type }>);
  });
}

/** Reports that this process has loaded its code, and resolves with the order to start. */
export function startOrder() {
  onOrder("ping", () => void report({ type: "alive" }));
  void report({ type: "loaded" }); // an earlier order would be lost, because nothing listened
  return new Promise<Extract<Instruction, { type: "start" }>>((resolve) => onOrder("start", resolve));
}
