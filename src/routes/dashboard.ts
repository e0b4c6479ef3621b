import { Router } from "express";
import { actorOf } from "../actor.js";
import { dashboardQuery } from "../forms/pagination.js";
import { listOwn } from "../models/post/own-list.js";
import { domainsShown } from "../services/domain/domains.js";
import { signedIn } from "../web/guards.js";
import { readQuery } from "../web/pages/query.js";
import { inOwnList } from "../web/present/posts.js";

export const dashboard = Router();

dashboard.get("/", async (req, res) => {
  const { before } = readQuery(req, dashboardQuery);
  const { posts, older } = await listOwn(signedIn(req), before);
  const domains = await domainsShown(actorOf(req), posts);
  const { previousSignInAt } = req.session;
  res.render("dashboard/show", {
    posts: posts.map((post) => inOwnList(post, domains)),
    older: older && `/dashboard?before=${older}`,
    newest: before === undefined ? null : "/dashboard",
    lastSignIn: previousSignInAt ? new Date(previousSignInAt) : null,
  });
});
