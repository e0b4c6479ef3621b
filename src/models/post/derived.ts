import type { Types } from "mongoose";
import type { Visibility } from "../../definitions/visibility.js";
import { estimateReadingMinutes, getExcerpt, renderMarkdown } from "../../lib/text/markdown.js";
import { createPostSlug } from "../../lib/text/slug.js";

/** Who a post is for. A domain belongs to the visibility "domain", and to no other. */
export type Audience = { visibility: Visibility; domain?: Types.ObjectId | null | undefined };
/** What an author writes. */
export type Writing = { title: string; body: string } & Audience;

/** Everything that follows from the writing itself. */
export function derivePostFields({ title, body, visibility }: Writing) {
  return {
    title,
    body,
    visibility,
    slug: createPostSlug(title),
    html: renderMarkdown(body),
    excerpt: getExcerpt(body),
    readingMinutes: estimateReadingMinutes(body),
  };
}
