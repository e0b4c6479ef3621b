import { addOtherMetrics, type Measures, readOwnMetrics } from "../metrics/text.js";
import type { Child } from "./child.js";
import { onOrder, report } from "./messages.js";

/** A process that does not answer in time is left out. */
const WITHIN_MS = 2_500;

/** Lets this process report its metrics, and makes its /metrics add up those of all processes. */
export function shareMetrics(): void {
  const waiting: ((others: Measures[]) => void)[] = [];
  onOrder("measure", async () => report({ type: "measured", measures: await readOwnMetrics() }));
  onOrder("measures", ({ others }) => {
    for (const answer of waiting.splice(0)) answer(others);
  });
  addOtherMetrics(() => {
    const asked = new Promise<Measures[]>((resolve) => waiting.push(resolve));
    report({ type: "need-measures" });
    return Promise.race([asked, giveUp([])]);
  });
}

/** The supervisor's part: collects the metrics of all processes but one, and sends them to it. */
export class MeasureDesk {
  #waiting = new WeakMap<Child, ((measures: Measures) => void)[]>();

  /** Takes what a process has reported. */
  receive(from: Child, measures: Measures): void {
    for (const answer of this.#waiting.get(from)?.splice(0) ?? []) answer(measures);
  }

  async answer(asker: Child, all: Child[]): Promise<void> {
    const others = all.filter((child) => child !== asker);
    const found = await Promise.all(others.map((child) => this.#ask(child)));
    asker.send({ type: "measures", others: found.filter((one) => one !== null) });
  }

  #ask(child: Child): Promise<Measures | null> {
    const asked = new Promise<Measures>((resolve) => {
      this.#waiting.set(child, [...(this.#waiting.get(child) ?? []), resolve]);
    });
    child.send({ type: "measure" });
    return Promise.race([asked, child.ended.then(() => null), giveUp(null)]);
  }
}

const giveUp = <Value>(value: Value) =>
  new Promise<Value>((resolve) => setTimeout(() => resolve(value), WITHIN_MS).unref());
