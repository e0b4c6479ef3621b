import { config } from "../../config/index.js";
import type { PostFields } from "../../models/post.js";
import { getPostUrl } from "../present/posts.js";

type Listed = Omit<PostFields, "author" | "body" | "html"> & { author: { _id: unknown; username: string | null } };
type Whole = Listed & Pick<PostFields, "body" | "html">;
type Named = { slug: string } | null | undefined;

/** Presents a post for API lists. @param domain its domain, if the reader may visit it */
export const toListedPostJson = (post: Listed, domain: Named) => ({
  id: String(post._id),
  url: new URL(getPostUrl(post), config.baseUrl).href, // encodes letters that are not ASCII
  title: post.title,
  excerpt: post.excerpt,
  visibility: post.visibility,
  domain: domain?.slug ?? null,
  author: post.author.username === null ? null : { id: String(post.author._id), username: post.author.username },
  publishedAt: post.publishedAt?.toISOString() ?? null,
  createdAt: post.createdAt.toISOString(),
  updatedAt: post.updatedAt.toISOString(),
  readingMinutes: post.readingMinutes,
});

export const toPostJson = (post: Whole, domain: Named) => ({
  ...toListedPostJson(post, domain),
  body: post.body,
  html: post.html,
});
