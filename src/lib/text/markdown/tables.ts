import type markdownIt from "markdown-it";

type Markdown = ReturnType<typeof markdownIt>;
type Block = Parameters<Markdown["block"]["tokenize"]>[0];

/** Maximum number of cells. Rows are padded to the width of the head, so 10,000 characters could make 65,536 cells. */
const MOST_CELLS = 2_000;

/** Leaves a table with too many cells as text, and keeps cells beyond the width of the head. */
export function keepTables({ block }: Markdown): void {
  const table = block.ruler.getRules("")[0];
  if (!table) throw new Error("markdown-it has no rules");
  const kept: typeof table = (state, first, last, silent) => {
    if (!table(state, first, last, true) || isTooLarge(state, first, last)) return false;
    if (silent) return true;
    const begin = state.tokens.length;
    table(state, first, last, false);
    keepCells(state, begin);
    return true;
  };
  block.ruler.at("table", kept, { alt: ["paragraph", "reference"] });
}

function isTooLarge(state: Block, first: number, last: number): boolean {
  const columns = getLine(state, first).split("|").length;
  let row = first;
  while (row < last && !state.isEmpty(row) && (row - first) * columns <= MOST_CELLS) row += 1;
  return (row - first) * columns > MOST_CELLS;
}

/**
 * Adds the surplus cells of a row to its last cell, because markdown-it would drop them. Under `| a | b |`, the row `|
 * 1 | 2 | 3 |` has the cells "1" and "2 | 3".
 */
function keepCells(state: Block, begin: number): void {
  const tokens = state.tokens.slice(begin);
  const columns = tokens.filter(({ type }) => type === "th_open").length;
  let cell: (typeof tokens)[number] | undefined;
  let more: string[] = [];
  for (const token of tokens) {
    if (token.type === "tr_open") more = splitCells(getLine(state, token.map?.[0] ?? 0)).slice(columns);
    if (token.type === "inline") cell = token;
    if (token.type === "tr_close" && cell && more.length > 0) cell.content = [cell.content, ...more].join(" | ");
  }
}

/** Returns a line without the markers of enclosing lists and quotes. */
function getLine({ src, bMarks, tShift, eMarks }: Block, line: number): string {
  return src.slice((bMarks[line] ?? 0) + (tShift[line] ?? 0), eMarks[line]);
}

function splitCells(line: string): string[] {
  const cells = line.trim().split(/(?<!\\)\|/);
  if (cells[0] === "") cells.shift();
  if (cells.at(-1) === "") cells.pop();
  return cells.map((cell) => cell.trim());
}
