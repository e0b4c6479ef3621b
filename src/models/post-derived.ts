import slugify from "@sindresorhus/slugify";
import { excerptOf, readingMinutes, renderMarkdown } from "../lib/markdown.js";
import type { Writing } from "./post.js";

/** The title's words for the address; "edit" is the address of the form. */
function slugOf(title: string): string {
  const words = slugify(title).slice(0, 80).replace(/-+$/, "");
  return ["", "edit"].includes(words) ? "post" : words;
}

/** Everything that follows from the writing itself. */
export function derived({ title, body, visibility }: Writing) {
  return {
    title,
    body,
    visibility,
    slug: slugOf(title),
    html: renderMarkdown(body),
    excerpt: excerptOf(body),
    readingMinutes: readingMinutes(body),
  };
}
