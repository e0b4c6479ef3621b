import { type Request, Router } from "express";
import { actorOf } from "../actor.js";
import { page } from "../forms/fields.js";
import { postForm } from "../forms/posts.js";
import { Post } from "../models/post.js";
import { listPage } from "../models/post-lists.js";
import { isMember, mayEdit } from "../policies/posts.js";
import { deletePost, editablePost, readPost, revisePost } from "../services/posts.js";
import { flash } from "../web/flash.js";
import { signedIn } from "../web/guards.js";
import { limits } from "../web/limits.js";
import { inFull, inList, urlOf } from "../web/present.js";
import { sendBack } from "../web/problems.js";

export const posts = Router();
/** Writing posts: for people with an account. */
export const writing = Router();

posts.get("/", async (req, res) => {
  const { posts, current, total } = await listPage(
    isMember(actorOf(req)) ? "members" : "public",
    page.parse(req.query.page),
  );
  const link = (number: number) =>
    number < 1 || number > total ? null : number === 1 ? "/posts" : `/posts?page=${number}`;
  const pages = { current, total, newer: link(current - 1), older: link(current + 1) };
  res.render("posts/index", { posts: posts.map(inList), pages });
});

writing.get("/new", (_req, res) => {
  res.render("posts/new", { form: postForm.blank({ visibility: "public" }) });
});

writing.post("/", limits.posts, async (req, res) => {
  const input = postForm.parse(req.body);
  if (!input.ok) return sendBack(res.status(422), "posts/new", { form: input.form });
  const post = await Post.write(signedIn(req).id, input.data);
  flash(res, "success", input.data.visibility === "draft" ? "Your draft is saved." : "Your post is published.");
  res.redirect(303, urlOf(post));
});

writing.get("/:id/edit", async (req, res) => {
  const post = await editablePost(actorOf(req), req.params.id);
  res.render("posts/edit", { form: postForm.blank(post), post: inFull(post) });
});

writing.post("/:id", limits.posts, async (req: Request<{ id: string }>, res) => {
  const input = postForm.parse(req.body);
  const post = await editablePost(actorOf(req), req.params.id);
  if (!input.ok) return sendBack(res.status(422), "posts/edit", { form: input.form, post: inFull(post) });
  const revised = await revisePost(actorOf(req), req.params.id, input.data);
  flash(res, "success", "Your changes are saved.");
  res.redirect(303, urlOf(revised));
});

writing.post("/:id/delete", async (req, res) => {
  await deletePost(actorOf(req), req.params.id);
  flash(res, "info", "Your post is deleted.");
  res.redirect(303, "/dashboard");
});

posts.get(["/:id", "/:id/:slug"], async (req: Request<{ id: string; slug?: string }>, res) => {
  const actor = actorOf(req);
  const post = await readPost(actor, req.params.id);
  if (req.params.slug !== post.slug) return res.redirect(301, urlOf(post));
  res.render("posts/show", { post: inFull(post), mayEdit: mayEdit(actor, post) });
});
