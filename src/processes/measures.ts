import { addMetrics, addOtherMetrics, keepCounts, type Measures, readOwnMetrics } from "../metrics/text.js";
import type { Child } from "./child.js";
import { onOrder, report } from "./messages.js";

/** For a process that does not answer in time, the counts of its last answer are used. */
const WITHIN_MS = 2_500;
/** So many ended processes are kept apart before their counts are added up. */
const MOST_ENDED = 10;

/** Lets this process report its metrics, and makes its /metrics add up those of all processes. */
export function shareMetrics(): void {
  const waiting: ((others: Measures[]) => void)[] = [];
  onOrder("measure", reportMeasures);
  onOrder("measures", ({ others }) => {
    for (const answer of waiting.splice(0)) answer(others);
  });
  addOtherMetrics((own) => {
    const asked = new Promise<Measures[]>((resolve) => waiting.push(resolve));
    void report({ type: "need-measures", own });
    return Promise.race([asked, giveUp([])]);
  });
}

/** Reports the metrics of this process. The supervisor keeps the counts of the last report when this process has ended. */
export const reportMeasures = async (): Promise<void> => report({ type: "measured", measures: await readOwnMetrics() });

/**
 * The supervisor's part: collects the metrics of all processes but one, and sends them to it. Keeps the counts of processes
 * that have ended, because Prometheus takes a counter that goes back for a restart, and would count twice.
 */
export class MeasureDesk {
  #alive = new Set<Child>();
  #latest = new WeakMap<Child, Measures>();
  #waiting = new WeakMap<Child, ((measures: Measures) => void)[]>();
  #ended: Measures[] = [];

  /** Adds a process that can be asked from now on. */
  add(child: Child): void {
    this.#alive.add(child);
    void child.ended.then(() => {
      this.#alive.delete(child);
      this.#ended.push(this.#getCounts(child));
      if (this.#ended.length === MOST_ENDED) void this.#addUpEnded();
    });
  }

  /** Takes what a process has reported. */
  receive(from: Child, measures: Measures): void {
    this.#latest.set(from, measures);
    for (const answer of this.#waiting.get(from)?.splice(0) ?? []) answer(measures);
  }

  async answer(asker: Child): Promise<void> {
    const others = [...this.#alive].filter((child) => child !== asker);
    const found = new Map(await Promise.all(others.map(async (child) => [child, await this.#ask(child)] as const)));
    const alive = [...found].filter(([child]) => this.#alive.has(child)).map(([, measures]) => measures);
    asker.send({ type: "measures", others: [...alive, ...this.#ended] });
  }

  #ask(child: Child): Promise<Measures> {
    const asked = new Promise<Measures>((resolve) => {
      this.#waiting.set(child, [...(this.#waiting.get(child) ?? []), resolve]);
    });
    child.send({ type: "measure" });
    const without = () => this.#getCounts(child);
    return Promise.race([asked, child.ended.then(without), giveUp(null).then(without)]);
  }

  #getCounts(child: Child): Measures {
    return keepCounts(this.#latest.get(child) ?? []);
  }

  async #addUpEnded(): Promise<void> {
    const sum = await addMetrics(this.#ended.slice(0, MOST_ENDED));
    this.#ended.splice(0, MOST_ENDED, sum);
  }
}

const giveUp = <Value>(value: Value) =>
  new Promise<Value>((resolve) => setTimeout(() => resolve(value), WITHIN_MS).unref());
