import { type Request, Router } from "express";
import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { commentEndpoints as calls } from "../../forms/api/comments.js";
import { deleteComment, hideComment, reviseComment } from "../../services/comment/change.js";
import {
  type FoundComment,
  findComment,
  findDeletableComment,
  findEditableComment,
  findHideableComment,
  listPostComments,
} from "../../services/comment/comments.js";
import { findCommentablePost, writeComment, writeCommentOnce } from "../../services/comment/write.js";
import { InFlight, KeyUsed, PreconditionFailed, Undone } from "../../web/api/errors.js";
import { idempotencyKey } from "../../web/api/idempotency.js";
import { presentPage } from "../../web/api/pagination.js";
import { toCommentJson } from "../../web/api/present-comment.js";
import { rateLimits } from "../../web/rate-limits.js";
import { assertMatch, serveEndpoint } from "./endpoint.js";

export const apiComments = Router();

serveEndpoint(apiComments, calls.list, async ({ actor, params, query, req }) => {
  const { post, comments, next, total } = await listPostComments(actor, params.id, query);
  return presentPage(req, query, { data: comments.map((one) => toCommentJson(actor, post, one)), next, total });
});

serveEndpoint(
  apiComments,
  calls.write,
  async ({ actor, params, body, req }) => {
    const post = await findCommentablePost(actor, params.id);
    const key = idempotencyKey(req);
    const written =
      key === null ? await writeComment(actor, post, body.body) : await writeCommentOnce(actor, post, body.body, key);
    if (typeof written === "string") throw new refusals[written]();
    const headers = { Location: `${config.baseUrl.origin}/api/v1/comments/${written.comment._id}` };
    return { status: 201, body: present(actor, written), headers };
  },
  rateLimits.comments,
);

serveEndpoint(apiComments, calls.read, async ({ actor, params }) => ({
  status: 200,
  body: present(actor, await findComment(actor, params.id)),
}));

serveEndpoint(
  apiComments,
  calls.revise,
  async ({ actor, params, body: { body, hidden }, req }) => {
    const find = hidden === undefined ? findEditableComment : findHideableComment;
    const found = await find(actor, params.id);
    const since = { isStrict: isMatching(req, actor, found) };
    const changed =
      hidden === undefined
        ? await reviseComment(actor, found, body ?? found.comment.body, since)
        : await hideComment(actor, found, hidden, since);
    if (changed === "stale") throw new PreconditionFailed();
    return { status: 200, body: present(actor, changed) };
  },
  rateLimits.comments,
);

serveEndpoint(apiComments, calls.remove, async ({ actor, params, req }) => {
  const found = await findDeletableComment(actor, params.id);
  const outcome = await deleteComment(actor, found, { isStrict: isMatching(req, actor, found) });
  if (outcome === "stale") throw new PreconditionFailed();
  return { status: 204 };
});

const present = (actor: Actor, { post, comment }: FoundComment) => toCommentJson(actor, post, comment);

/** Returns true if the client sent the version that it read. @throws PreconditionFailed if that is another one */
const isMatching = (req: Request, actor: Actor, found: FoundComment): boolean =>
  assertMatch(req, present(actor, found));

const refusals = { "key-reused": KeyUsed, "in-progress": InFlight, deleted: Undone };
