import { Router } from "express";
import { getActor } from "../actor.js";
import { dashboardQuery } from "../forms/pagination.js";
import { listOwn } from "../models/post/own-list.js";
import { findShownDomains } from "../services/domain/domains.js";
import { getLoggedInUser } from "../web/guards.js";
import { readQuery } from "../web/pages/query.js";
import { presentOwnPost } from "../web/present/posts.js";

export const dashboard = Router();

dashboard.get("/", async (req, res) => {
  const { before } = readQuery(req, dashboardQuery);
  const { posts, older } = await listOwn(getLoggedInUser(req), before);
  const domains = await findShownDomains(getActor(req), posts);
  const { previousSignInAt } = req.session;
  res.render("dashboard/show", {
    posts: posts.map((post) => presentOwnPost(post, domains)),
    older: older && `/dashboard?before=${older}`,
    newest: before === undefined ? null : "/dashboard",
    lastSignIn: previousSignInAt ? new Date(previousSignInAt) : null,
  });
});
