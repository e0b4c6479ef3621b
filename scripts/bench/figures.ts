/** Counts of one page, which are the same on every machine: see `Costs`. */
export interface Counts {
  commands: number;
  fromDatabase: number;
  allocated: number;
  /** kB of the answer, compressed. */
  page: number;
}

/** The target of a figure. */
export type Target = { atLeast: number } | { atMost: number };

export interface Figure {
  name: string;
  target: Target | null;
  /** Empty for ratios. */
  unit: "" | " s" | " MB";
  /** One value per data set, starting with the small one. */
  values: number[];
  /** Speed on the large data set as a share of the speed on the small one; null if that is meaningless. */
  kept: number | null;
  /** For pages: what one request costs, on the small data set. */
  counts?: Counts;
  /** Details, such as requests per second. */
  detail: string;
}

/** With a hundred times the data, a page may lose a tenth of its speed. */
const KEPT = 0.9;

/** Returns true if the figure reaches its target on every data set. */
export function reached(figure: Figure): boolean {
  const { target, values, kept } = figure;
  if (kept !== null && kept < KEPT) return false;
  if (target === null) return true;
  return values.every((value) => ("atLeast" in target ? value >= target.atLeast : value <= target.atMost));
}

/** Converts bytes to kB with one digit. */
export const toKb = (bytes: number): number => Math.round(bytes / 100) / 10;

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Returns the percentile: the value that this share of all values does not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Reverses a list in every second round, so that slow changes of the machine affect all items equally. */
export function takeTurns<Item>(items: Item[], round: number): Item[] {
  return round % 2 === 0 ? items : items.toReversed();
}
