import { z } from "zod";
import { visibilities } from "../../definitions/visibility.js";
import { REACH } from "../../lib/pagination.js";
import { body, title, visibility } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, idSchema, textSchema, timeSchema } from "./responses.js";

const group = "Posts";
const params = z.object({ id: idSchema });

/** A post as its author or a reader sees it. */
const post = z
  .object({
    id: idSchema,
    url: z.url().meta({ description: "Its page" }),
    title: textSchema,
    excerpt: textSchema.meta({ description: "How it begins, without markup" }),
    visibility: z.enum(visibilities),
    domain: textSchema
      .nullable()
      .meta({ description: "The word of the domain that it is in, if its page is open to you" }),
    author: z
      .object({ id: idSchema, username: textSchema })
      .nullable()
      .meta({ description: "Null when they have left" }),
    publishedAt: timeSchema.nullable(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    readingMinutes: z.int(),
    body: textSchema.meta({ description: "What was written, in Markdown" }),
    html: textSchema.meta({ description: "The same as safe HTML" }),
  })
  .meta({ id: "Post", description: "A post" });

const listed = post.omit({ body: true, html: true }).meta({ id: "ListedPost", description: "A post in a list" });

const writing = {
  title: title.meta({ description: "One line of at most 150 characters" }),
  body: body.meta({ description: "Markdown, at most 10,000 characters" }),
  visibility: visibility.meta({ description: "Who may read it" }),
  domain: z
    .string()
    .max(100)
    .nullable()
    .optional()
    .meta({ description: "With the visibility `domain`: its word; not needed by who is in one domain only" }),
};
const goTogether = {
  path: ["domain"],
  error: "A domain goes with the visibility “domain”, and with no other.",
};

const isNumber = (cursor: string) => /^[1-9]\d{0,14}$/.test(cursor);
const isId = (cursor: string) => /^[0-9a-f]{24}$/.test(cursor);
const query = z
  .object({
    ...listQuery,
    ...fieldsQuery(listed),
    author: z.string().max(100).optional().meta({ description: "Only what this person wrote: their username" }),
    domain: z.string().max(100).optional().meta({ description: "Only what is in this domain: its word" }),
    own: z.literal("true").optional().meta({ description: "Only your own, drafts too" }),
  })
  .refine(({ author, domain, own }) => [author, domain, own].filter((one) => one !== undefined).length <= 1, {
    path: ["author"],
    error: "Choose one of author, domain and own.",
  })
  .refine(({ own, cursor }) => cursor === undefined || (own ? isId : isNumber)(cursor), {
    path: ["cursor"],
    error: "This is no cursor of this list.",
  })
  .refine(isWithinReach, outOfReach);

const reading = { group, who: "member", scope: "posts.read" } as const;
const changing = { group, who: "member", scope: "posts.write" } as const;

export const postEndpoints = {
  list: defineEndpoint({
    ...reading,
    method: "get",
    path: "/posts",
    about: "List posts, the newest first",
    details: `What everyone and what members may read; with \`author\`, \`domain\` or \`own\`, a part of that, what is in a domain, or all of your own. \`total\` counts the posts of this list up to ${REACH}: that number means as many or more.`,
    query,
    answers: { 200: createListSchema(listed) },
    refusals: { 404: "There is no such author, or no such domain for you." },
  }),
  write: defineEndpoint({
    ...changing,
    method: "post",
    path: "/posts",
    about: "Write a post",
    details:
      "With an Idempotency-Key it is written once within a day, however often you ask; the same key with something else is refused.",
    body: z.strictObject(writing).refine(({ visibility, domain }) => !domain || visibility === "domain", goTogether),
    answers: { 201: post },
    refusals: { 409: "It is being written with this key right now, or was, and deleted since." },
    isIdempotent: true,
  }),
  read: defineEndpoint({
    ...reading,
    method: "get",
    path: "/posts/:id",
    about: "Read a post",
    params,
    query: z.object(fieldsQuery(post)),
    answers: { 200: post },
  }),
  revise: defineEndpoint({
    ...changing,
    method: "patch",
    path: "/posts/:id",
    about: "Change a post",
    reads: "posts.read",
    details:
      "What you do not send stays. Its author changes all of it; others, where their role and the token allow it, its words only.",
    params,
    body: z
      .strictObject(writing)
      .partial()
      .refine((sent) => Object.values(sent).some((value) => value !== undefined), "Send what is to change.")
      .refine(({ visibility, domain }) => !domain || !visibility || visibility === "domain", goTogether),
    answers: { 200: post },
    isConditional: true,
  }),
  remove: defineEndpoint({
    ...changing,
    method: "delete",
    path: "/posts/:id",
    about: "Delete a post for good",
    params,
    answers: { 204: null },
    isConditional: true,
  }),
};
