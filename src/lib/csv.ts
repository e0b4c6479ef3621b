import { stringify } from "csv-stringify";

/**
 * Turns rows into CSV (RFC 4180), as a stream that takes them as they are asked for. Spreadsheets open the file as UTF-8
 * (byte order mark) and take no cell for a formula: what begins like one gets an apostrophe before it, also behind a sign
 * that some of them split cells at (ASVS V1.2.10).
 * @param columns what each is called, by the key of its value
 */
export const csvOf = (columns: Record<string, string>) =>
  stringify({
    header: true,
    columns,
    bom: true,
    quoted: true,
    quoted_empty: true,
    record_delimiter: "windows",
    escape_formulas: true,
    cast: { string: withoutFormulas, date: (date) => date.toISOString() },
  });

const withoutFormulas = (cell: string) => cell.replace(/^\n|(?<=[;,|\t\n\r]\s*)[=+\-@＝＋－＠]/gu, "'$&");
