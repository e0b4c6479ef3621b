import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { chart } from "./chart.js";
import { type Figure, reached, type Target } from "./figures.js";

/** The conditions of a measurement. */
export interface Conditions {
  sizes: number[];
  rounds: number;
  seconds: number;
  /** Duration of the whole measurement. */
  minutes: number;
}

const FOLDER = "docs/bench";

/** Formats the figures as a Markdown table that is also readable in a terminal. */
export function table(figures: Figure[], { sizes }: Conditions): string {
  const large = sizes.length > 1;
  const rows = figures.map((figure) => [
    figure.name,
    figure.target ? targetText(figure.target, figure.unit) : "",
    shown(figure.values[0], figure.unit),
    ...(large ? [shown(figure.values[1], figure.unit), shown(figure.kept, "")] : []),
    reached(figure) ? "yes" : "no",
    ...counts(figure),
    figure.detail,
  ]);
  const sets = sizes.map((size) => `${size.toLocaleString("en")} people`);
  const heads = ["", "target", ...sets, ...(large ? ["large ÷ small"] : []), "reached", ...countNames, "behind it"];
  return formatTable(heads, rows);
}

const countNames = ["round trips", "kB from database", "kB allocated", "kB page"];

function counts({ counts: counted }: Figure): string[] {
  if (!counted) return countNames.map(() => "");
  const { commands, fromDatabase, allocated, page } = counted;
  return [commands, fromDatabase, allocated, page].map((count) => String(Math.round(10 * count) / 10));
}

/** Formats a Markdown table with aligned columns. */
export function formatTable(heads: string[], rows: string[][]): string {
  const widths = heads.map((head, column) => Math.max(3, head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function targetText(target: Target, unit: string): string {
  return "atLeast" in target ? `≥ ${target.atLeast}${unit}` : `≤ ${target.atMost}${unit}`;
}

function shown(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return unit === " MB" ? `${value.toFixed(0)}${unit}` : `${value.toFixed(2)}${unit}`;
}

/** Describes when and on which machine the figures were measured. */
export function circumstances({ rounds, seconds, sizes, minutes }: Conditions): string {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${availableParallelism()} CPUs shared by application, database and load`;
  const sets = sizes.map((size) => size.toLocaleString("en")).join(" and ");
  return `${day}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${machine}; ${sets} people; median of ${rounds} rounds of ${seconds} s; ${minutes.toFixed(0)} minutes in all.`;
}

/** Writes the results to docs/bench. */
export function writeReport(figures: Figure[], conditions: Conditions): void {
  mkdirSync(FOLDER, { recursive: true });
  const about = "Written by `npm run bench`; [how it is measured](README.md).";
  const page = `# Results\n\n${about}\n\n${circumstances(conditions)}\n\n${table(figures, conditions)}\n\n![The shares as bars](chart.svg)\n`;
  writeFileSync(`${FOLDER}/results.md`, page);
  writeFileSync(`${FOLDER}/chart.svg`, chart(figures));
}
