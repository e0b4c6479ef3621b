import { type Request, type Response, Router } from "express";
import { getActor } from "../actor.js";
import { NotFound } from "../errors.js";
import { type Form, readVersion } from "../forms/form.js";
import { newPostQuery, postsQuery } from "../forms/pagination.js";
import { correctionForm, postForm } from "../forms/posts.js";
import { listPostPage, type PostWithAuthor } from "../models/post/lists.js";
import { isAuthor, isMember, mayDelete, mayEdit } from "../policies/posts.js";
import { findShownDomain, listDomains } from "../services/domain/domains.js";
import { writePost } from "../services/post/create.js";
import { deletePost, findDeletablePost, findEditablePost, readPost, revisePost } from "../services/post/posts.js";
import { requireUser } from "../web/guards.js";
import { flash } from "../web/pages/flash.js";
import { renderFormErrors } from "../web/pages/problem-json.js";
import { readQuery } from "../web/pages/query.js";
import { ChangedMeanwhile, retryIfChanged } from "../web/pages/refusals.js";
import { getPostUrl, presentDomainChoice, presentListedPost, presentPost } from "../web/present/posts.js";
import { rateLimits } from "../web/rate-limits.js";

export const posts = Router();

type OfPost = { id: string };

posts.get("/", async (req, res) => {
  const { page } = readQuery(req, postsQuery);
  const { posts, current, total } = await listPostPage(isMember(getActor(req)) ? "members" : "public", page);
  const isFirst = page === 1;
  const link = (number: number) =>
    number < 1 || number > total ? null : number === 1 ? "/posts" : `/posts?page=${number}`;
  const pages = { current, total, newer: isFirst ? null : link(current - 1), older: link(current + 1) };
  res.render("posts/index", { posts: posts.map(presentListedPost), pages });
});

posts.get("/new", requireUser, async (req, res) => {
  const own = await listDomains(getActor(req));
  const { domain } = readQuery(req, newPostQuery);
  const chosen = own.find(({ slug }) => slug === domain);
  if (domain && !chosen) throw new NotFound(); // a form for another audience would be wrong
  const audience = chosen ? { visibility: "domain", domain: chosen.slug } : { visibility: "public" };
  res.render("posts/new", { form: postForm.blank(audience), domains: own.map(presentDomainChoice) });
});

posts.post("/", requireUser, rateLimits.posts, async (req, res) => {
  const input = postForm.parse(req.body);
  const back = async (form: Form) => {
    const domains = (await listDomains(getActor(req))).map(presentDomainChoice);
    renderFormErrors(res.status(422), "posts/new", { form, domains });
  };
  if (!input.ok) return back(input.form);
  const { once, ...written } = input.data;
  const post = await writePost(getActor(req), written, once);
  if (!post) return back(postForm.reject(req.body, notIn));
  flash(res, "success", input.data.visibility === "draft" ? "Draft saved." : "Post published.");
  res.redirect(303, getPostUrl(post));
});

posts.get("/:id/edit", requireUser, async (req: Request<OfPost>, res) => {
  const post = await findEditablePost(getActor(req), req.params.id);
  res.render("posts/edit", await editPage(req, post));
});

posts.post("/:id", requireUser, rateLimits.posts, retryIfChanged<OfPost>(revise));

async function revise(req: Request<OfPost>, res: Response): Promise<void> {
  const actor = getActor(req);
  const post = await findEditablePost(actor, req.params.id);
  const form = isAuthor(actor, post) ? postForm : correctionForm;
  const now = await editPage(req, post);
  const back = (status: number, refused: Form) =>
    renderFormErrors(res.status(status), "posts/edit", { ...now, form: refused });
  const conflict = form.conflict(req.body, now.form);
  if (conflict) return back(409, conflict);
  const input = form.parse(req.body);
  if (!input.ok) return back(422, input.form);
  const since = readVersion(req.body) ? post : undefined;
  const revised = await revisePost(actor, post, { ...input.data, since });
  if (revised === "stale") throw new ChangedMeanwhile();
  if (!revised) return back(422, form.reject(req.body, isAuthor(actor, post) ? notIn : notTheirs));
  flash(res, "success", "Changes saved.");
  res.redirect(303, getPostUrl(revised));
}

posts.post("/:id/delete", requireUser, async (req: Request<OfPost>, res) => {
  const actor = getActor(req);
  const post = await findDeletablePost(actor, req.params.id);
  await deletePost(actor, post);
  const isOwn = isAuthor(actor, post);
  flash(res, "info", "Post deleted.");
  res.redirect(303, isOwn ? "/dashboard" : "/posts");
});

posts.get("/:id", show);
posts.get("/:id/:slug", show);

async function show(req: Request<{ id: string; slug?: string }>, res: Response): Promise<void> {
  const actor = getActor(req);
  const post = await readPost(actor, req.params.id);
  if (req.params.slug !== post.slug) return res.redirect(301, getPostUrl(post));
  const shown = presentPost(post, await findShownDomain(actor, post));
  res.render("posts/show", { post: shown, mayEdit: mayEdit(actor, post) });
}

const notIn = { visibility: "Choose one of your organizations, or another audience." };
const notTheirs = { "": "Only the author can change who can read a post." };

/** Renders the form to edit a post. Authors can also choose the audience, including their current domains. */
async function editPage(req: Request, post: PostWithAuthor) {
  const actor = getActor(req);
  const isOwn = isAuthor(actor, post);
  const domains = isOwn ? await listDomains(actor) : [];
  const inside = domains.find(({ _id }) => String(_id) === String(post.domain));
  const hasLeft = isOwn && post.visibility === "domain" && !inside;
  const form = postForm.stored({
    ...post,
    visibility: hasLeft ? "draft" : post.visibility,
    domain: (inside ?? domains[0])?.slug,
  });
  const shown = { ...presentPost(post), isOwn, hasLeft, mayDelete: mayDelete(actor, post) };
  return { form, post: shown, domains: domains.map(presentDomainChoice) };
}
