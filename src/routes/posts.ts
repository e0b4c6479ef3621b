import { type Request, type Response, Router } from "express";
import { actorOf } from "../actor.js";
import { NotFound } from "../errors.js";
import { type Form, versionIn } from "../forms/form.js";
import { newPostQuery, postsQuery } from "../forms/pagination.js";
import { correctionForm, postForm } from "../forms/posts.js";
import { listPage, type PostWithAuthor } from "../models/post/lists.js";
import { isMember, mayDelete, mayEdit, owns } from "../policies/posts.js";
import { domainShown, domainsOf } from "../services/domain/domains.js";
import { writePost } from "../services/post/create.js";
import { deletablePost, deletePost, editablePost, readPost, revisePost } from "../services/post/posts.js";
import { requireUser } from "../web/guards.js";
import { flash } from "../web/pages/flash.js";
import { sendBack } from "../web/pages/problem-json.js";
import { readQuery } from "../web/pages/query.js";
import { againIfChanged, ChangedMeanwhile } from "../web/pages/refusals.js";
import { inChoice, inFull, inList, urlOf } from "../web/present/posts.js";
import { limits } from "../web/rate-limits.js";

export const posts = Router();

type OfPost = { id: string };

posts.get("/", async (req, res) => {
  const { page } = readQuery(req, postsQuery);
  const { posts, current, total } = await listPage(isMember(actorOf(req)) ? "members" : "public", page);
  const isFirst = page === 1;
  const link = (number: number) =>
    number < 1 || number > total ? null : number === 1 ? "/posts" : `/posts?page=${number}`;
  const pages = { current, total, newer: isFirst ? null : link(current - 1), older: link(current + 1) };
  res.render("posts/index", { posts: posts.map(inList), pages });
});

posts.get("/new", requireUser, async (req, res) => {
  const own = await domainsOf(actorOf(req));
  const { domain } = readQuery(req, newPostQuery);
  const chosen = own.find(({ slug }) => slug === domain);
  if (domain && !chosen) throw new NotFound(); // a form for everybody is not what was asked for
  const audience = chosen ? { visibility: "domain", domain: chosen.slug } : { visibility: "public" };
  res.render("posts/new", { form: postForm.blank(audience), domains: own.map(inChoice) });
});

posts.post("/", requireUser, limits.posts, async (req, res) => {
  const input = postForm.parse(req.body);
  const back = async (form: Form) => {
    const domains = (await domainsOf(actorOf(req))).map(inChoice);
    sendBack(res.status(422), "posts/new", { form, domains });
  };
  if (!input.ok) return back(input.form);
  const { once, ...written } = input.data;
  const post = await writePost(actorOf(req), written, once);
  if (!post) return back(postForm.reject(req.body, notIn));
  flash(res, "success", input.data.visibility === "draft" ? "Your draft is saved." : "Your post is published.");
  res.redirect(303, urlOf(post));
});

posts.get("/:id/edit", requireUser, async (req: Request<OfPost>, res) => {
  const post = await editablePost(actorOf(req), req.params.id);
  res.render("posts/edit", await editPage(req, post));
});

posts.post("/:id", requireUser, limits.posts, againIfChanged<OfPost>(revise));

async function revise(req: Request<OfPost>, res: Response): Promise<void> {
  const actor = actorOf(req);
  const post = await editablePost(actor, req.params.id);
  const form = owns(actor, post) ? postForm : correctionForm;
  const now = await editPage(req, post);
  const back = (status: number, refused: Form) => sendBack(res.status(status), "posts/edit", { ...now, form: refused });
  const conflict = form.conflict(req.body, now.form);
  if (conflict) return back(409, conflict);
  const input = form.parse(req.body);
  if (!input.ok) return back(422, input.form);
  const since = versionIn(req.body) ? post : undefined;
  const revised = await revisePost(actor, post, { ...input.data, since });
  if (revised === "stale") throw new ChangedMeanwhile();
  if (!revised) return back(422, form.reject(req.body, owns(actor, post) ? notIn : notTheirs));
  flash(res, "success", "Your changes are saved.");
  res.redirect(303, urlOf(revised));
}

posts.post("/:id/delete", requireUser, async (req: Request<OfPost>, res) => {
  const actor = actorOf(req);
  const post = await deletablePost(actor, req.params.id);
  await deletePost(actor, post);
  const isOwn = owns(actor, post);
  flash(res, "info", isOwn ? "Your post is deleted." : "The post is deleted.");
  res.redirect(303, isOwn ? "/dashboard" : "/posts");
});

posts.get("/:id", show);
posts.get("/:id/:slug", show);

async function show(req: Request<{ id: string; slug?: string }>, res: Response): Promise<void> {
  const actor = actorOf(req);
  const post = await readPost(actor, req.params.id);
  if (req.params.slug !== post.slug) return res.redirect(301, urlOf(post));
  const shown = inFull(post, await domainShown(actor, post));
  res.render("posts/show", { post: shown, mayEdit: mayEdit(actor, post) });
}

const notIn = { visibility: "Choose one of your domains, or somebody else to read this." };
const notTheirs = { "": "Only its author decides who may read a post." };

/** The form of a post that exists. Authors choose its readers too, among the domains that they are in now. */
async function editPage(req: Request, post: PostWithAuthor) {
  const actor = actorOf(req);
  const isOwn = owns(actor, post);
  const domains = isOwn ? await domainsOf(actor) : [];
  const inside = domains.find(({ _id }) => String(_id) === String(post.domain));
  const hasLeft = isOwn && post.visibility === "domain" && !inside;
  const form = postForm.stored({
    ...post,
    visibility: hasLeft ? "draft" : post.visibility,
    domain: (inside ?? domains[0])?.slug,
  });
  const shown = { ...inFull(post), isOwn, hasLeft, mayDelete: mayDelete(actor, post) };
  return { form, post: shown, domains: domains.map(inChoice) };
}
