import type { PostSummary, PostWithAuthor } from "../../models/post/lists.js";
import type { OwnPost } from "../../models/post/own-list.js";

/** The address of a post: its id decides, the words are for people. */
export const getPostUrl = (post: { _id: unknown; slug: string }) => `/posts/${post._id}/${post.slug}`;

/** A post as lists show it. Views get this and no more. */
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

/** A post as its own page shows it. @param domain where it is, for those whom that page is open to */
export const presentPost = (post: PostWithAuthor, domain: Named = null) => ({
  ...presentListedPost(post),
  html: post.html,
  domain: domain && presentDomainChoice(domain),
});

/** A post as its author's dashboard shows it. @param domains those that are open to the author, by their ids */
export const presentOwnPost = (post: OwnPost, domains: Map<string, Exclude<Named, null>>) => {
  const domain = domains.get(String(post.domain));
  return { ...presentListedPost(post), domain: domain ? presentDomainChoice(domain) : null };
};

/** A domain as one chooses it, or follows a link to it. */
export const presentDomainChoice = ({ name, slug }: { name: string; slug: string }) => ({ name, slug });
