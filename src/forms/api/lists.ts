import { z } from "zod";
import { REACH } from "../../lib/pages.js";

const LONGEST = 100;
const USUAL = 20;

/** What every list takes: which page, how long, or where to go on. What makes no sense is as if it was not there. */
export const listQuery = {
  page: z.coerce
    .number()
    .int()
    .min(1)
    .max(1e9)
    .catch(1)
    .meta({
      type: "integer",
      description: `The number of the page; further than ${REACH} entries only \`cursor\` leads`,
    }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .catch(USUAL)
    .transform((asked) => Math.min(asked, LONGEST))
    .meta({ type: "integer", description: `So many on a page, ${LONGEST} at most` }),
  cursor: z.string().max(200).optional().meta({ description: "`next` of the page before, instead of `page`" }),
};

/** For `refine`: numbered pages lead only so far, for they are counted off. */
export const isWithinReach = ({ page, limit, cursor }: { page: number; limit: number; cursor?: string | undefined }) =>
  cursor !== undefined || page * limit <= REACH;
export const outOfReach = {
  path: ["page"],
  error: `Numbers lead to the first ${REACH} entries. Go on with \`next\` of the page before, as \`cursor\`.`,
};

/** The fields that an answer is to have, by a list of their names. */
export const fieldsOf = (item: z.ZodObject) => {
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
