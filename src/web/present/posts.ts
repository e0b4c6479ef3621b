import type { PostSummary, PostWithAuthor } from "../../models/post/lists.js";
import type { OwnPost } from "../../models/post/own-list.js";

/** Returns the path of a post. The id identifies the post; the slug is for readers. */
export const getPostUrl = (post: { _id: unknown; slug: string }) => `/posts/${post._id}/${post.slug}`;

/** Presents a post for lists. */
export const presentListedPost = (post: PostSummary | OwnPost) => ({
  id: String(post._id),
  url: getPostUrl(post),
  title: post.title,
  excerpt: "excerpt" in post ? post.excerpt : null,
  author: {
    username: post.author.username,
    picture: post.author.picture ?? null,
    hasPage: post.author.hasPage ?? true,
  },
  publishedAt: post.publishedAt,
  updatedAt: post.updatedAt,
  visibility: post.visibility,
  readingMinutes: post.readingMinutes,
});

type Named = { name: string; slug: string } | null;

/** Presents a post for its own page. @param domain its domain, or null if the reader may not visit it */
export const presentPost = (post: PostWithAuthor, domain: Named = null) => ({
  ...presentListedPost(post),
  html: post.html,
  domain: domain && presentDomainChoice(domain),
});

/** Presents a post for its author's dashboard. @param domains the domains that the author may visit, by id */
export const presentOwnPost = (post: OwnPost, domains: Map<string, Exclude<Named, null>>) => {
  const domain = domains.get(String(post.domain));
  return { ...presentListedPost(post), domain: domain ? presentDomainChoice(domain) : null };
};

export const presentDomainChoice = ({ name, slug }: { name: string; slug: string }) => ({ name, slug });
