import { type Figure, reached } from "./figures.js";

const WIDTH = 760;
const LABELS = 250;
const RIGHT = 70;
const ROW = 34;
const BAR = 16;
const TOP = 64;
const BOTTOM = 34;
const SCALE = WIDTH - LABELS - RIGHT;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1d2a2e; }
  .title { font-size: 16px; font-weight: 600; }
  .quiet { fill: #56666b; }
  .paper { fill: #fbfbf8; stroke: #d5dad6; }
  .grid { stroke: #dfe4e0; }
  .bar { fill: #2f7d6d; }
  .missed { fill: #b5632e; }
  .target { stroke: #1d2a2e; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6ece9; }
    .quiet { fill: #9fb0ab; }
    .paper { fill: #151d1f; stroke: #2c383b; }
    .grid { stroke: #263133; }
    .bar { fill: #58b39f; }
    .missed { fill: #e0935c; }
    .target { stroke: #e6ece9; }
  }`;

/** Draws the ratios as an SVG, with one bar each and a mark at the target. Omits ratios for which less is better. */
export function chart(figures: Figure[]): string {
  const shares = figures.filter(({ target, unit }) => unit === "" && target !== null && "atLeast" in target);
  const height = TOP + shares.length * ROW + BOTTOM;
  const spoken = shares.map(({ name, values: [value = 0] }) => `${name} ${value.toFixed(2)}`).join(", ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title what">
<title id="title">Speed as a share of what is possible</title>
<desc id="what">${spoken}</desc>
<style>${style}
</style>
<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
<text class="title" x="20" y="30">Speed as a share of what is possible</text>
<text class="quiet" x="20" y="50">Pages: of a bare Express page of the same size. Logins: of bcrypt alone. The mark is the target.</text>
${grid(height)}
${shares.map(row).join("\n")}
</svg>
`;
}

function grid(height: number): string {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = LABELS + share * SCALE;
    return `<path class="grid" d="M${x} ${TOP}V${height - BOTTOM}"/><text class="quiet" x="${x}" y="${height - 14}" text-anchor="middle">${share}</text>`;
  });
  return marks.join("\n");
}

function row(figure: Figure, n: number): string {
  const value = figure.values[0] ?? 0;
  const y = TOP + n * ROW + (ROW - BAR) / 2;
  const text = y + BAR - 3;
  const width = (Math.min(value, 1) * SCALE).toFixed(1);
  const target = figure.target && "atLeast" in figure.target ? figure.target.atLeast : 0;
  const mark = (LABELS + target * SCALE).toFixed(1);
  const kind = reached(figure) ? "bar" : "bar missed";
  const beside = LABELS + Math.max(Math.min(value, 1), target) * SCALE + 8;
  return `<text x="${LABELS - 12}" y="${text}" text-anchor="end">${figure.name}</text>
<rect class="${kind}" x="${LABELS}" y="${y}" width="${width}" height="${BAR}" rx="3"/>
<path class="target" d="M${mark} ${y - 4}V${y + BAR + 4}"/>
<text x="${beside.toFixed(1)}" y="${text}">${value.toFixed(2)}<tspan class="quiet"> of ${target}</tspan></text>`;
}
