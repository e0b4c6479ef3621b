import type { Types } from "mongoose";
import type { Visibility } from "../../definitions/visibility.js";
import { estimateReadingMinutes, getExcerpt, renderMarkdown } from "../../lib/text/markdown.js";
import { createPostSlug } from "../../lib/text/slug.js";

/** The readers of a post. `domain` is set only for the visibility "domain". */
export type Audience = { visibility: Visibility; domain?: Types.ObjectId | null | undefined };
/** The fields that the author writes. */
export type Writing = { title: string; body: string } & Audience;

/** Returns all fields that are computed from the author's input. */
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
