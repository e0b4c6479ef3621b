import { readdirSync, readFileSync } from "node:fs";
import type { Writing } from "../../src/models/post.js";

/** Somebody for demonstrations. */
export interface Author {
  username: string;
  bio: string;
  posts: Writing[];
}

const FOLDER = new URL("../../../scripts/seed/people/", import.meta.url);

/** A post begins with its title, followed by who may read it, if not everyone: "# Winter hours (members)". */
const heading = /^# (.+?)(?: \((members|draft)\))?$/m;

/** Everyone that people/ has a file of. In it: what they tell about themselves, then their posts, the oldest first. */
export function readCast(): Author[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const [bio = "", ...posts] = readFileSync(new URL(file, FOLDER), "utf8").split(/^(?=# )/m);
      return { username: file.replace(/\.md$/, ""), bio: bio.trim(), posts: posts.map(writingOf) };
    });
}

function writingOf(text: string): Writing {
  const [line = "", title = "", visibility = "public"] = heading.exec(text) ?? [];
  return { title, visibility: visibility as Writing["visibility"], body: text.slice(line.length).trim() };
}
