import { Router } from "express";
import { listPage } from "../models/post-lists.js";
import { inList } from "../web/present.js";

export const home = Router();

const NEWEST = 3;

home.get("/", async (_req, res) => {
  const { posts, total } = await listPage("public", 1);
  res.render("home/index", { posts: posts.slice(0, NEWEST).map(inList), hasMore: total > 1 });
});
