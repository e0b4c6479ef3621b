/** Size of a chart in SVG units. */
const CHART = { width: 300, height: 96 } as const;
const GAP = 2;

export type Bar = { x: number; y: number; width: number; height: number };

/** Computes the bars, and the round number at the top of the chart. Every value above zero gets a visible bar. */
export function createBars(values: number[]): { top: number; bars: Bar[] } {
  const top = roundUp(Math.max(1, ...values));
  const slot = CHART.width / values.length;
  const bars = values.map((value, n) => {
    const height = value === 0 ? 0 : Math.max(2, round((value / top) * CHART.height));
    return { x: round(n * slot + GAP / 2), y: round(CHART.height - height), width: round(slot - GAP), height };
  });
  return { top, bars };
}

/** Rounds up to 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

const round = (value: number) => Math.round(value * 10) / 10;
