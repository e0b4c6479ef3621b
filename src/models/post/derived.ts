import { excerptOf, readingMinutes, renderMarkdown } from "../../lib/text/markdown.js";
import { postSlug } from "../../lib/text/slug.js";
import type { Writing } from "../post.js";

/** Everything that follows from the writing itself. */
export function derived({ title, body, visibility }: Writing) {
  return {
    title,
    body,
    visibility,
    slug: postSlug(title),
    html: renderMarkdown(body),
    excerpt: excerptOf(body),
    readingMinutes: readingMinutes(body),
  };
}
