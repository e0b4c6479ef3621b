import { readdirSync, readFileSync } from "node:fs";
import type { Visibility } from "../../src/definitions/visibility.js";

/** A post from a file. `domain` is a slug. */
export type Draft = { title: string; body: string; visibility: Visibility; domain: string | null };

/** A demonstration user with their texts. */
export interface Author {
  username: string;
  bio: string;
  posts: Draft[];
}

const FOLDER = new URL("../../../scripts/seed/people/", import.meta.url);

/**
 * A post begins with its title. If the post is not public, its visibility or domain follows: "# Winter hours
 * (members)".
 */
const heading = /^# (.+?)(?: \(([a-z-]+)\))?$/m;

/** Reads a file in people/ for each user: first the biography, then the posts, oldest first. */
export function readCast(): Author[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const [bio = "", ...posts] = readFileSync(new URL(file, FOLDER), "utf8").split(/^(?=# )/m);
      return { username: file.replace(/\.md$/, ""), bio: bio.trim(), posts: posts.map(createDraft) };
    });
}

function createDraft(text: string): Draft {
  const [line = "", title = "", readers = "public"] = heading.exec(text) ?? [];
  const written = { title, body: text.slice(line.length).trim() };
  if (readers === "public" || readers === "members" || readers === "draft") {
    return { ...written, visibility: readers, domain: null };
  }
  return { ...written, visibility: "domain", domain: readers };
}
