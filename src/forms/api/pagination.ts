import { z } from "zod";
import { REACH } from "../../lib/pagination.js";

const LONGEST = 100;
const USUAL = 20;

/** A whole number of digits only. Anything else is an error, because a filter must never be ignored silently. */
const wholeNumber = (usual: number) =>
  z
    .string("Send a single number.")
    .regex(/^[1-9]\d{0,8}$/, "Send a whole number from 1 on.")
    .default(String(usual))
    .transform(Number);

/** The parameters of every list: page size and cursor. */
export const cursorQuery = {
  limit: wholeNumber(USUAL)
    .transform((asked) => Math.min(asked, LONGEST))
    .meta({ type: "integer", description: `Entries per page, ${LONGEST} at most` }),
  cursor: z.string().max(200).optional().meta({ description: "`next` from the previous page" }),
};

/** The parameters of a list that also has page numbers. */
export const listQuery = {
  page: wholeNumber(1).meta({
    type: "integer",
    description: `Page number. Use \`cursor\` beyond ${REACH} entries.`,
  }),
  ...cursorQuery,
  cursor: cursorQuery.cursor.meta({ description: "`next` from the previous page, instead of `page`" }),
};

const isId = (cursor: string) => /^[0-9a-f]{24}$/.test(cursor);
/** A cursor that is the id of the last entry. */
export const idCursor = cursorQuery.cursor.refine((cursor) => cursor === undefined || isId(cursor), "Invalid cursor.");

/** For `refine`: numbered pages reach only so far, because the database skips the entries before them. */
export const isWithinReach = ({ page, limit, cursor }: { page: number; limit: number; cursor?: string | undefined }) =>
  cursor !== undefined || !(page * limit > REACH); // NaN passes, because the parameter has its own error
export const outOfReach = {
  path: ["page"],
  error: `Page numbers cover the first ${REACH} entries. Use \`next\` from the previous page as \`cursor\`.`,
};

/** The `fields` parameter: names of the fields that the response contains. */
export const fieldsQuery = (item: z.ZodObject) => {
  const names = Object.keys(item.shape);
  return {
    fields: z
      .string()
      .max(500)
      .transform((list) => list.split(",").map((name) => name.trim()))
      .refine((asked) => asked.every((name) => names.includes(name)), `Choose from: ${names.join(", ")}.`)
      .optional()
      .meta({ description: "Only these fields, separated by commas" }),
  };
};
