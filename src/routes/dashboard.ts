import { Router } from "express";
import { dashboardQuery } from "../forms/lists.js";
import { listOwn } from "../models/own-posts.js";
import { signedIn } from "../web/guards.js";
import { inList } from "../web/present.js";
import { readQuery } from "../web/queries.js";

export const dashboard = Router();

dashboard.get("/", async (req, res) => {
  const { before } = readQuery(req, dashboardQuery);
  const { posts, older } = await listOwn(signedIn(req), before);
  const { previousSignInAt } = req.session;
  res.render("dashboard/show", {
    posts: posts.map(inList),
    older: older && `/dashboard?before=${older}`,
    newest: before === undefined ? null : "/dashboard",
    lastSignIn: previousSignInAt ? new Date(previousSignInAt) : null,
  });
});
