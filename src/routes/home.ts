import { Router } from "express";
import { listNewest } from "../models/post/lists.js";
import { presentListedPost } from "../web/present/posts.js";

export const home = Router();

const NEWEST = 3;

home.get("/", async (_req, res) => {
  const posts = await listNewest("public", NEWEST + 1);
  res.render("home/index", { posts: posts.slice(0, NEWEST).map(presentListedPost), hasMore: posts.length > NEWEST });
});
