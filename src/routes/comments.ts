import { type Request, type Response, Router } from "express";
import { getActor } from "../actor.js";
import { BadRequest } from "../errors.js";
import { commentEditForm, commentForm } from "../forms/comments.js";
import { buttonForm } from "../forms/empty.js";
import { readVersion } from "../forms/form.js";
import { countCommentPages, findCommentPage } from "../models/comment/lists.js";
import { mayDeleteComment } from "../policies/comments.js";
import { deleteComment, hideComment, reviseComment } from "../services/comment/change.js";
import {
  type FoundComment,
  findDeletableComment,
  findEditableComment,
  findHideableComment,
  findReadableOrOwnComment,
} from "../services/comment/comments.js";
import { findCommentablePost, writeComment } from "../services/comment/write.js";
import { requireUser } from "../web/guards.js";
import { flash } from "../web/pages/flash.js";
import { renderFormErrors } from "../web/pages/problem-json.js";
import { ChangedMeanwhile, retryIfChanged } from "../web/pages/refusals.js";
import { getCommentPageUrl, getCommentUrl } from "../web/present/comments.js";
import { presentListedPost } from "../web/present/posts.js";
import { rateLimits } from "../web/rate-limits.js";
import { getPostPage } from "./post-page.js";

type WithId = { id: string };

/** New comments, below the address of their post. */
export const postCommentForms = Router();

postCommentForms.get("/:id/comments/new", async (req: Request<WithId>, res) => {
  const post = await findCommentablePost(getActor(req), req.params.id);
  res.render("comments/new", { form: commentForm.blank(), post: presentListedPost(post) });
});

postCommentForms.post("/:id/comments", rateLimits.comments, async (req: Request<WithId>, res) => {
  const actor = getActor(req);
  const post = await findCommentablePost(actor, req.params.id);
  const input = commentForm.parse(req.body);
  if (!input.ok) {
    const page = countCommentPages(post.commentNumber);
    const { form } = input;
    return renderFormErrors(res.status(422), "posts/show", { ...(await getPostPage(req, post, { page })), form });
  }
  const { comment } = await writeComment(actor, post, input.data.body, input.data.once);
  flash(res, "success", "Comment posted.");
  res.redirect(303, getCommentUrl(post, comment));
});

export const comments = Router();

/** Leads to the comment below its post; shows it alone to its author if they can no longer read the post. */
comments.get("/:id", async (req: Request<WithId>, res) => {
  const { post, comment, isReadable } = await findReadableOrOwnComment(getActor(req), req.params.id);
  if (isReadable) return res.redirect(302, getCommentUrl(post, comment));
  const { _id, html, createdAt } = comment;
  res.render("comments/own", { comment: { id: String(_id), html, createdAt } });
});

comments.get("/:id/edit", requireUser, async (req: Request<WithId>, res) => {
  res.render("comments/edit", editPage(req, await findEditableComment(getActor(req), req.params.id)));
});

comments.post("/:id", requireUser, rateLimits.comments, retryIfChanged<WithId>(revise));

async function revise(req: Request<WithId>, res: Response): Promise<void> {
  const actor = getActor(req);
  const found = await findEditableComment(actor, req.params.id);
  const now = editPage(req, found);
  const conflict = commentEditForm.conflict(req.body, now.form);
  if (conflict) return renderFormErrors(res.status(409), "comments/edit", { ...now, form: conflict });
  const input = commentEditForm.parse(req.body);
  if (!input.ok) return renderFormErrors(res.status(422), "comments/edit", { ...now, form: input.form });
  const isStrict = readVersion(req.body) !== undefined;
  const revised = await reviseComment(actor, found, input.data.body, { isStrict });
  if (revised === "stale") throw new ChangedMeanwhile();
  flash(res, "success", "Changes saved.");
  res.redirect(303, getCommentUrl(revised.post, revised.comment));
}

comments.post("/:id/delete", requireUser, rateLimits.comments, async (req: Request<WithId>, res) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const found = await findDeletableComment(getActor(req), req.params.id);
  await deleteComment(getActor(req), found);
  flash(res, "info", "Comment deleted.");
  const page = getCommentPageUrl(found.post, findCommentPage(found.comment));
  res.redirect(303, found.isReadable ? `${page}#comments` : "/dashboard");
});

const hide = (isHidden: boolean, text: string) => async (req: Request<WithId>, res: Response) => {
  if (!buttonForm.parse(req.body).ok) throw new BadRequest();
  const found = await findHideableComment(getActor(req), req.params.id);
  await hideComment(getActor(req), found, isHidden);
  flash(res, "info", text);
  res.redirect(303, getCommentUrl(found.post, found.comment));
};
comments.post("/:id/hide", requireUser, rateLimits.comments, hide(true, "Comment hidden."));
comments.post("/:id/unhide", requireUser, rateLimits.comments, hide(false, "Comment shown again."));

/** Renders the form of an existing comment. */
function editPage(req: Request, { comment, post }: FoundComment) {
  const shown = {
    id: String(comment._id),
    url: getCommentUrl(post, comment),
    mayDelete: mayDeleteComment(getActor(req), post, comment),
  };
  return { form: commentEditForm.stored({ body: comment.body }), comment: shown, post: presentListedPost(post) };
}
