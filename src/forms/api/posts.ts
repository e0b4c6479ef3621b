import { z } from "zod";
import { visibilities } from "../../definitions/visibility.js";
import { REACH } from "../../lib/pagination.js";
import { splitIntoWords } from "../../lib/text/search-terms.js";
import { body, searchAsked, title, visibility } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, idSchema, textSchema, timeSchema } from "./responses.js";

const group = "Posts";
const params = z.object({ id: idSchema });

/** A post, as authors and readers get it. */
const post = z
  .object({
    id: idSchema,
    url: z.url().meta({ description: "The address of its page" }),
    title: textSchema,
    excerpt: textSchema.meta({ description: "The beginning of the text, without markup" }),
    visibility: z.enum(visibilities),
    domain: textSchema
      .nullable()
      .meta({ description: "Slug of the organization it belongs to, if you can open its page" }),
    author: z
      .object({ id: idSchema, username: textSchema })
      .nullable()
      .meta({ description: "Null if the author's account was deleted" }),
    publishedAt: timeSchema.nullable(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    readingMinutes: z.int(),
    body: textSchema.meta({ description: "The text, in Markdown" }),
    html: textSchema.meta({ description: "The text, as safe HTML" }),
  })
  .meta({ id: "Post", description: "A post" });

const listed = post.omit({ body: true, html: true }).meta({ id: "ListedPost", description: "A post in a list" });

const writing = {
  title: title.meta({ description: "One line of at most 150 characters" }),
  body: body.meta({ description: "Markdown, at most 10,000 characters" }),
  visibility: visibility.meta({ description: "Who can read it" }),
  domain: z
    .string()
    .max(100)
    .nullable()
    .optional()
    .meta({ description: "With the visibility `domain`: slug of the organization. Optional if you are in only one." }),
};
const goTogether = {
  path: ["domain"],
  error: "Send a domain only with the visibility “domain”.",
};

const isNumber = (cursor: string) => /^[1-9]\d{0,14}$/.test(cursor);
const isId = (cursor: string) => /^[0-9a-f]{24}$/.test(cursor);
const query = z
  .object({
    ...listQuery,
    ...fieldsQuery(listed),
    q: searchAsked.default("").meta({
      type: "string",
      description: "Only posts whose title or text contains all of these words: whole words, in upper or lower case",
    }),
    author: z.string().max(100).optional().meta({ description: "Only posts by the user with this username" }),
    domain: z.string().max(100).optional().meta({ description: "Only posts in the organization with this slug" }),
    own: z.literal("true").optional().meta({ description: "Only your own posts, including drafts" }),
  })
  .refine(({ author, domain, own }) => [author, domain, own].filter((one) => one !== undefined).length <= 1, {
    path: ["author"],
    error: "Send only one of author, domain and own.",
  })
  .refine(({ own, cursor }) => cursor === undefined || (own ? isId : isNumber)(cursor), {
    path: ["cursor"],
    error: "Invalid cursor.",
  })
  .refine(({ q }) => q === "" || splitIntoWords(q).length > 0, {
    path: ["q"],
    error: "Search for letters or numbers.",
  })
  .refine(isWithinReach, outOfReach);

const reading = { group, who: "member", scope: "posts.read" } as const;
const changing = { group, who: "member", scope: "posts.write" } as const;

export const postEndpoints = {
  list: defineEndpoint({
    ...reading,
    method: "get",
    path: "/posts",
    about: "List posts, newest first",
    details: `Lists public posts and posts for members. Use \`author\`, \`domain\` or \`own\` to list the posts of one user, of one organization, or all of your own. \`total\` counts up to ${REACH}: that number means as many or more.`,
    query,
    answers: { 200: createListSchema(listed) },
    refusals: { 404: "Author or organization not found, or not visible to you." },
  }),
  write: defineEndpoint({
    ...changing,
    method: "post",
    path: "/posts",
    about: "Create a post",
    details:
      "With an Idempotency-Key the post is created once within 24 hours, even if you repeat the request. The same key with different content is refused.",
    body: z.strictObject(writing).refine(({ visibility, domain }) => !domain || visibility === "domain", goTogether),
    answers: { 201: post },
    refusals: { 409: "A request with this key is in progress, or its post has been deleted since." },
    isIdempotent: "by-handler",
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
    about: "Edit a post",
    reads: "posts.read",
    details:
      "Omitted fields stay unchanged. The author can change every field; others, if their role and the token allow it, only the title and the text. Everyone who can read a post reads its comments, also those from before a change of `visibility`.",
    params,
    body: z
      .strictObject(writing)
      .partial()
      .refine((sent) => Object.values(sent).some((value) => value !== undefined), "Send at least one field to change.")
      .refine(({ visibility, domain }) => !domain || !visibility || visibility === "domain", goTogether),
    answers: { 200: post },
    isConditional: true,
  }),
  remove: defineEndpoint({
    ...changing,
    method: "delete",
    path: "/posts/:id",
    about: "Delete a post permanently",
    params,
    answers: { 204: null },
    isConditional: true,
  }),
};
