import { type Request, Router } from "express";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Data } from "../../forms/api/endpoint.js";
import { postEndpoints as calls } from "../../forms/api/posts.js";
import type { PostWithAuthor } from "../../models/post/lists.js";
import { isAuthor } from "../../policies/posts.js";
import { findShownDomain, findShownDomains } from "../../services/domain/domains.js";
import { writePost, writePostOnce } from "../../services/post/create.js";
import { listPosts } from "../../services/post/list.js";
import { deletePost, findDeletablePost, findEditablePost, readPost, revisePost } from "../../services/post/posts.js";
import { InFlight, KeyUsed, PreconditionFailed, Undone, Unprocessable } from "../../web/api/errors.js";
import { idempotencyKey } from "../../web/api/idempotency.js";
import { presentPage } from "../../web/api/pagination.js";
import { toListedPostJson, toPostJson } from "../../web/api/present-post.js";
import { countSearch, rateLimits } from "../../web/rate-limits.js";
import { assertMatch, serveEndpoint } from "./endpoint.js";

export const apiPosts = Router();

serveEndpoint(apiPosts, calls.list, async ({ actor, query, req }) => {
  if (query.q) await countSearch(req);
  const { posts: found, ...rest } = await listPosts(actor, { ...query, own: query.own !== undefined });
  const domains = await findShownDomains(actor, found);
  const data = found.map((post) => toListedPostJson(post, domains.get(String(post.domain))));
  return presentPage(req, query, { data, ...rest });
});

serveEndpoint(
  apiPosts,
  calls.write,
  async ({ actor, body, req }) => {
    const data = { ...body, domain: body.domain ?? undefined };
    const key = idempotencyKey(req);
    const post = key === null ? await writePost(actor, data) : await writePostOnce(actor, data, key);
    if (typeof post === "string") throw new refusals[post]();
    if (!post) throw notIn();
    const headers = { Location: `${config.baseUrl.origin}/api/v1/posts/${post._id}` };
    return { status: 201, body: await whole(actor, post), headers };
  },
  rateLimits.posts,
);

serveEndpoint(apiPosts, calls.read, async ({ actor, params }) => ({
  status: 200,
  body: await whole(actor, await readPost(actor, params.id)),
}));

serveEndpoint(
  apiPosts,
  calls.revise,
  async ({ actor, params, body, req }) => {
    const post = await findEditablePost(actor, params.id);
    const before = await whole(actor, post);
    const since = ifMatch(req, post, before);
    const change = isAuthor(actor, post) ? chosen(body, before) : corrected(body, before);
    const revised = await revisePost(actor, post, { ...change, since });
    if (typeof revised === "string") throw new refusals[revised]();
    if (!revised) throw isAuthor(actor, post) ? notIn() : notTheirs();
    return { status: 200, body: await whole(actor, revised) };
  },
  rateLimits.posts,
);

serveEndpoint(apiPosts, calls.remove, async ({ actor, params, req }) => {
  const post = await findDeletablePost(actor, params.id);
  const since = ifMatch(req, post, await whole(actor, post));
  const outcome = await deletePost(actor, post, { since });
  if (outcome !== "done") throw new refusals[outcome]();
  return { status: 204 };
});

type Whole = ReturnType<typeof toPostJson>;

const whole = async (actor: Actor, post: PostWithAuthor): Promise<Whole> =>
  toPostJson(post, await findShownDomain(actor, post));

/** Returns the post as the client read it, or undefined if the client sent no version. @throws PreconditionFailed */
function ifMatch(req: Request, post: PostWithAuthor, shown: Whole): PostWithAuthor | undefined {
  return assertMatch(req, shown) ? post : undefined;
}

type Sent = Data<typeof calls.revise>["body"];

/** Returns the changes of an author. A post stays in its domain unless the author names another one. */
function chosen({ visibility, domain, ...words }: Sent, before: Whole) {
  if (!visibility && !domain) return words;
  const after = visibility ?? before.visibility;
  if (domain && after !== "domain") throw notIn();
  return { ...words, visibility: after, domain: domain ?? before.domain ?? undefined };
}

/** Returns the changes of another user: only title and text. The audience may be sent if it is the current one. */
function corrected({ visibility, domain, ...words }: Sent, before: Whole) {
  if (domain && domain !== before.domain) throw notTheirs();
  return { ...words, visibility };
}

const refusals = {
  "key-reused": KeyUsed,
  "in-progress": InFlight,
  deleted: Undone,
  stale: PreconditionFailed,
};
const notIn = () =>
  new Unprocessable([
    { pointer: "#/domain", detail: "Send the slug of an organization that you are in, or another visibility." },
  ]);
const notTheirs = () =>
  new Unprocessable([{ pointer: "#/visibility", detail: "Only the author can change who can read a post." }]);
