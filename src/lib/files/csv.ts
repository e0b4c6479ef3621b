import { stringify } from "csv-stringify";

/**
 * Turns rows into CSV (RFC 4180), as a stream that takes them as they are asked for. Spreadsheets open the file as UTF-8
 * (byte order mark) and take no cell for a formula (ASVS V1.2.10).
 * @param columns what each is called, by the key of its value
 */
export const createCsv = (columns: Record<string, string>) =>
  stringify({
    header: true,
    columns,
    bom: true,
    quoted: true,
    quoted_empty: true,
    record_delimiter: "windows",
    cast: { string: escapeFormulas, date: (date) => date.toISOString() },
  });

// A spreadsheet computes what begins with one of these signs (OWASP: CSV Injection), also behind a sign that some programs split cells at.
// An apostrophe stops that, but other programs then read it as part of the value. So it only stands where something could be computed:
//
//   =HYPERLINK("https://…")  '=HYPERLINK("https://…")      +49 151 2345678   as it is: a number, to a spreadsheet at most
//   +1-2                     '+1-2                         =) and -          as they are: there is nothing to compute

const PART = /(^\s*|[;,|\t\n\r][^\S\t\n\r]*)([=+\-@＝＋－＠][^;,|\t\n\r]*)/gu;
const NUMBER = /^[+-][\d .()\u00a0]+$/;
const NOTHING_TO_COMPUTE = /^[^\p{L}\p{N}"']+$/u;

const isHarmless = (part: string) => NUMBER.test(part) || NOTHING_TO_COMPUTE.test(part);

/** A cell that no spreadsheet computes. */
export function escapeFormulas(cell: string): string {
  const written = cell.replace(PART, (all, before: string, part: string) =>
    isHarmless(part) ? all : `${before}'${part}`,
  );
  return /^[\t\n\r]/.test(written) ? `'${written}` : written;
}
