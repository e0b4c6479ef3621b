import type { Request } from "express";
import { getActor } from "../actor.js";
import { commentForm } from "../forms/comments.js";
import { countCommentPages } from "../models/comment/lists.js";
import type { PostWithAuthor } from "../models/post/lists.js";
import { mayComment } from "../policies/comments.js";
import { mayEdit } from "../policies/posts.js";
import { listComments } from "../services/comment/comments.js";
import { findShownDomain } from "../services/domain/domains.js";
import { withReturnTo } from "../web/pages/return-to.js";
import { getCommentPageUrl, presentComment } from "../web/present/comments.js";
import { presentPost } from "../web/present/posts.js";

/** Returns the values of a post's page: the post, a page of its comments, and the form for another one. */
export async function getPostPage(req: Request, post: PostWithAuthor, { page: asked }: { page: number }) {
  const actor = getActor(req);
  const total = countCommentPages(post.commentNumber);
  const current = Math.min(asked, total);
  const [domain, found] = await Promise.all([findShownDomain(actor, post), listComments(post, current)]);
  const link = (page: number) => (page < 1 || page > total ? null : `${getCommentPageUrl(post, page)}#comments`);
  return {
    post: presentPost(post, domain),
    mayEdit: mayEdit(actor, post),
    comments: found.map((comment) => presentComment(actor, post, comment)),
    pages: { current, total, earlier: link(current - 1), later: link(current + 1) },
    form: mayComment(actor, post) ? commentForm.blank() : null,
    loginUrl: withReturnTo("/login", req),
  };
}
