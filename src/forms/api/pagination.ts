import { z } from "zod";
import { REACH } from "../../lib/pagination.js";

const LONGEST = 100;
const USUAL = 20;

/** A whole number in digits alone. Anything else is a mistake: a filter must never be dropped without a word. */
const wholeNumber = (usual: number) =>
  z
    .string("Send one number.")
    .regex(/^[1-9]\d{0,8}$/, "Send a whole number from 1 on.")
    .default(String(usual))
    .transform(Number);

/** What every list takes: which page, how long, or where to go on. */
export const listQuery = {
  page: wholeNumber(1).meta({
    type: "integer",
    description: `The number of the page; further than ${REACH} entries only \`cursor\` leads`,
  }),
  limit: wholeNumber(USUAL)
    .transform((asked) => Math.min(asked, LONGEST))
    .meta({ type: "integer", description: `So many on a page, ${LONGEST} at most` }),
  cursor: z.string().max(200).optional().meta({ description: "`next` of the page before, instead of `page`" }),
};

/** For `refine`: numbered pages lead only so far, for they are counted off. */
export const isWithinReach = ({ page, limit, cursor }: { page: number; limit: number; cursor?: string | undefined }) =>
  cursor !== undefined || !(page * limit > REACH); // not a number: that is said of the parameter itself
export const outOfReach = {
  path: ["page"],
  error: `Numbers lead to the first ${REACH} entries. Go on with \`next\` of the page before, as \`cursor\`.`,
};

/** The fields that an answer is to have, by a list of their names. */
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
