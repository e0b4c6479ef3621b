import { Router } from "express";
import { getActor } from "../actor.js";
import { NotFound } from "../errors.js";
import { authorQuery } from "../forms/pagination.js";
import { listByAuthor } from "../models/post/lists.js";
import { User } from "../models/user.js";
import { listVisibleOnAuthorPages } from "../policies/posts.js";
import { readQuery } from "../web/pages/query.js";
import { presentListedPost } from "../web/present/posts.js";
import { presentAuthor } from "../web/present/profile.js";

export const users = Router();

users.get("/:username", async (req, res) => {
  const author = await User.findPublic(req.params.username);
  if (!author) throw new NotFound();
  const { before } = readQuery(req, authorQuery);
  const { posts, older } = await listByAuthor(author, listVisibleOnAuthorPages(getActor(req)), before);
  const address = `/users/${author.username}`;
  res.render("users/show", {
    author: presentAuthor(author),
    posts: posts.map(presentListedPost),
    older: older && `${address}?before=${older}`,
    newest: before === undefined ? null : address,
    own: req.user?.id === String(author._id),
  });
});
