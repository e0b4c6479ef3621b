import { Router } from "express";
import { actorOf } from "../actor.js";
import { dashboardQuery } from "../forms/lists.js";
import { listOwn } from "../models/own-posts.js";
import { domainsShown } from "../services/domains.js";
import { signedIn } from "../web/guards.js";
import { inOwnList } from "../web/present.js";
import { readQuery } from "../web/queries.js";

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
