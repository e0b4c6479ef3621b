import type { OwnPost } from "../models/own-posts.js";
import type { PostSummary, PostWithAuthor } from "../models/post-lists.js";

/** The address of a post: its id decides, the words are for people. */
export const urlOf = (post: { _id: unknown; slug: string }) => `/posts/${post._id}/${post.slug}`;

/** A post as lists show it. Views get this and no more. */
export const inList = (post: PostSummary | OwnPost) => ({
  id: String(post._id),
  url: urlOf(post),
  title: post.title,
  excerpt: "excerpt" in post ? post.excerpt : null,
  author: { username: post.author.username },
  publishedAt: post.publishedAt,
  updatedAt: post.updatedAt,
  visibility: post.visibility,
  readingMinutes: post.readingMinutes,
});

/** A post as its own page shows it. */
export const inFull = (post: PostWithAuthor) => ({ ...inList(post), html: post.html });
