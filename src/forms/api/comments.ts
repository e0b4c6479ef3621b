import { z } from "zod";
import { REACH } from "../../lib/pagination.js";
import { comment as text } from "../fields.js";
import { defineEndpoint } from "./endpoint.js";
import { fieldsQuery, isWithinReach, listQuery, outOfReach } from "./pagination.js";
import { createListSchema, idSchema, textSchema, timeSchema } from "./responses.js";

const group = "Comments";
const params = z.object({ id: idSchema });

/** A comment as a reader of its post sees it. */
const comment = z
  .object({
    id: idSchema,
    url: z.url().meta({ description: "The address that leads to it below its post" }),
    post: idSchema.meta({ description: "ID of the post" }),
    author: z
      .object({ id: idSchema, username: textSchema })
      .nullable()
      .meta({ description: "Null if the author's account was deleted" }),
    body: textSchema.nullable().meta({ description: "The text, in Markdown; null if it is hidden from you" }),
    html: textSchema.nullable().meta({ description: "The text, as safe HTML; null if it is hidden from you" }),
    hidden: z.boolean().meta({ description: "Only its author and those who can edit the post can read it" }),
    hiddenAt: timeSchema.nullable(),
    createdAt: timeSchema,
    editedAt: timeSchema.nullable(),
  })
  .meta({ id: "Comment", description: "A comment on a post" });

const body = text.meta({
  description: "Markdown without headings, tables and images, at most 2,000 characters",
  examples: ["I oiled **both** hinges."],
});

const query = z
  .object({ ...listQuery, ...fieldsQuery(comment) })
  .refine(({ cursor }) => cursor === undefined || /^[1-9]\d{0,14}$/.test(cursor), {
    path: ["cursor"],
    error: "Invalid cursor.",
  })
  .refine(isWithinReach, outOfReach);

const reading = { group, who: "member", scope: "posts.read" } as const;
const changing = { group, who: "member", scope: "posts.write" } as const;

export const commentEndpoints = {
  list: defineEndpoint({
    ...reading,
    method: "get",
    path: "/posts/:id/comments",
    about: "List the comments on a post, oldest first",
    details: `\`total\` counts up to ${REACH}: that number means as many or more. A hidden comment has no text, except for its author and for those who can edit the post.`,
    params,
    query,
    answers: { 200: createListSchema(comment) },
  }),
  write: defineEndpoint({
    ...changing,
    method: "post",
    path: "/posts/:id/comments",
    about: "Comment on a post",
    reads: "posts.read",
    details:
      "With an Idempotency-Key the comment is created once within 24 hours, even if you repeat the request. The post's author gets an email, at most one in an hour for each post.",
    params,
    body: z.strictObject({ body }),
    answers: { 201: comment },
    refusals: { 409: "A request with this key is in progress, or its comment has been deleted since." },
    isIdempotent: "by-handler",
  }),
  read: defineEndpoint({
    ...reading,
    method: "get",
    path: "/comments/:id",
    about: "Read a comment",
    params,
    query: z.object(fieldsQuery(comment)),
    answers: { 200: comment },
  }),
  revise: defineEndpoint({
    ...changing,
    method: "patch",
    path: "/comments/:id",
    about: "Edit, hide or show a comment",
    reads: "posts.read",
    details:
      "Only its author can change `body`. Those who can edit the post, if their role and the token allow it, can change `hidden`, in a separate call.",
    params,
    body: z
      .strictObject({
        body,
        hidden: z.boolean("Send true or false.").meta({ description: "Hide it, or show it again" }),
      })
      .partial()
      .refine((sent) => Object.values(sent).some((value) => value !== undefined), "Send at least one field to change.")
      .refine(({ body: text, hidden }) => text === undefined || hidden === undefined, {
        path: ["hidden"],
        error: "Change the text and hide a comment in two calls.",
      }),
    answers: { 200: comment },
    isConditional: true,
  }),
  remove: defineEndpoint({
    ...changing,
    method: "delete",
    path: "/comments/:id",
    about: "Delete a comment permanently",
    details:
      "Allowed for its author, even if they can no longer read the post, and for users who may delete any post. The token must allow it too.",
    params,
    answers: { 204: null },
    isConditional: true,
  }),
};
