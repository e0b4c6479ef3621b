/** What a figure should reach. */
export type Target = { atLeast: number } | { atMost: number };

/** One line of the result. */
export interface Figure {
  name: string;
  target: Target | null;
  /** Ratios have no unit. */
  unit: "" | " s" | " MB";
  /** One value per data set, the small set first. */
  values: number[];
  /** The large set's speed as a share of the small one's; null where that says nothing. */
  kept: number | null;
  /** What lies behind it, such as requests a second. */
  detail: string;
}

/** A hundred times the data may cost a tenth of the speed. */
const KEPT = 0.9;

/** Whether the target is reached, on every data set. */
export function reached(figure: Figure): boolean {
  const { target, values, kept } = figure;
  if (kept !== null && kept < KEPT) return false;
  if (target === null) return true;
  return values.every((value) => ("atLeast" in target ? value >= target.atLeast : value <= target.atMost));
}

/** The middle one. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The value that a share of all values does not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A list, backwards in every second round, so that what changes slowly weighs on nobody more than on the others. */
export function takeTurns<Item>(items: Item[], round: number): Item[] {
  return round % 2 === 0 ? items : items.toReversed();
}
