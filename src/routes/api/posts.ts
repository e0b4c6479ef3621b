import { type Request, Router } from "express";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import type { Data } from "../../forms/api/endpoint.js";
import { posts as calls } from "../../forms/api/posts.js";
import type { PostWithAuthor } from "../../models/post/lists.js";
import { owns } from "../../policies/posts.js";
import { domainShown, domainsShown } from "../../services/domain/domains.js";
import { writePost, writePostOnce } from "../../services/post/create.js";
import { listPosts } from "../../services/post/list.js";
import { deletablePost, deletePost, editablePost, readPost, revisePost } from "../../services/post/posts.js";
import { InFlight, KeyUsed, PreconditionFailed, Undone, Unprocessable } from "../../web/api/errors.js";
import { idempotencyKey } from "../../web/api/idempotency.js";
import { pageAnswer } from "../../web/api/pagination.js";
import { listedPost, wholePost } from "../../web/api/present-post.js";
import { limits } from "../../web/rate-limits.js";
import { requireMatch, serve } from "./endpoint.js";

export const posts = Router();

serve(posts, calls.list, async ({ actor, query, req }) => {
  const { posts: found, ...rest } = await listPosts(actor, { ...query, own: query.own !== undefined });
  const domains = await domainsShown(actor, found);
  const data = found.map((post) => listedPost(post, domains.get(String(post.domain))));
  return pageAnswer(req, query, { data, ...rest });
});

serve(
  posts,
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
  limits.posts,
);

serve(posts, calls.read, async ({ actor, params }) => ({
  status: 200,
  body: await whole(actor, await readPost(actor, params.id)),
}));

serve(
  posts,
  calls.revise,
  async ({ actor, params, body, req }) => {
    const post = await editablePost(actor, params.id);
    const before = await whole(actor, post);
    const since = asMatched(req, post, before);
    const change = owns(actor, post) ? chosen(body, before) : corrected(body, before);
    const revised = await revisePost(actor, post, { ...change, since });
    if (typeof revised === "string") throw new refusals[revised]();
    if (!revised) throw owns(actor, post) ? notIn() : notTheirs();
    return { status: 200, body: await whole(actor, revised) };
  },
  limits.posts,
);

serve(posts, calls.remove, async ({ actor, params, req }) => {
  const post = await deletablePost(actor, params.id);
  const since = asMatched(req, post, await whole(actor, post));
  const outcome = await deletePost(actor, post, { since });
  if (outcome !== "done") throw new refusals[outcome]();
  return { status: 204 };
});

type Whole = ReturnType<typeof wholePost>;

const whole = async (actor: Actor, post: PostWithAuthor): Promise<Whole> =>
  wholePost(post, await domainShown(actor, post));

/** The post as the client read it, when it says how that was. @throws PreconditionFailed */
function asMatched(req: Request, post: PostWithAuthor, shown: Whole): PostWithAuthor | undefined {
  return requireMatch(req, shown) ? post : undefined;
}

type Sent = Data<typeof calls.revise>["body"];

/** What its author changes. A post that is in a domain stays there while they name no other. */
function chosen({ visibility, domain, ...words }: Sent, before: Whole) {
  if (!visibility && !domain) return words;
  const after = visibility ?? before.visibility;
  if (domain && after !== "domain") throw notIn();
  return { ...words, visibility: after, domain: domain ?? before.domain ?? undefined };
}

/** What others change: its words. Its readers may be sent along as they are. */
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
  new Unprocessable([{ pointer: "#/domain", detail: "Name a domain that you are in, or choose other readers." }]);
const notTheirs = () =>
  new Unprocessable([{ pointer: "#/visibility", detail: "Only its author decides who may read a post." }]);
