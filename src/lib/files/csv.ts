import { loadLater } from "../load-later.js";

const csv = loadLater<typeof import("csv-stringify")>("csv-stringify");

/**
 * Converts rows to a CSV stream (RFC 4180) with backpressure. It starts with a byte order mark, so that spreadsheets
 * read it as UTF-8, and they evaluate no cell as a formula (ASVS V1.2.10).
 * @param columns heading by key
 */
export const createCsv = (columns: Record<string, string>) =>
  csv().stringify({
    header: true,
    columns,
    bom: true,
    quoted: true,
    quoted_empty: true,
    record_delimiter: "windows",
    cast: { string: escapeFormulas, date: (date) => date.toISOString() },
  });

// A spreadsheet evaluates text that begins with one of these characters (OWASP: CSV Injection). In some programs, this
// also applies after a separator inside a cell. An apostrophe prevents it, but other programs read the apostrophe as
// part of the value, so it is added only to text that could be evaluated:
//
//   =HYPERLINK("https://…")  '=HYPERLINK("https://…")      +49 151 2345678   unchanged: at most a number
//   +1-2                     '+1-2                         =) and -          unchanged: nothing to evaluate

const PART = /(^\s*|[;,|\t\n\r][^\S\t\n\r]*)([=+\-@＝＋－＠][^;,|\t\n\r]*)/gu;
const NUMBER = /^[+-][\d .()\u00a0]+$/;
const NOTHING_TO_COMPUTE = /^[^\p{L}\p{N}"']+$/u;

const isHarmless = (part: string) => NUMBER.test(part) || NOTHING_TO_COMPUTE.test(part);

/** Escapes a cell so that spreadsheets do not evaluate it. */
export function escapeFormulas(cell: string): string {
  const written = cell.replace(PART, (all, before: string, part: string) =>
    isHarmless(part) ? all : `${before}'${part}`,
  );
  return /^[\t\n\r]/.test(written) ? `'${written}` : written;
}
