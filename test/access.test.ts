import "./support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Post } from "../src/models/post.js";
import { User } from "../src/models/user.js";
import { machines, pages } from "../src/routes/index.js";
import { addresses } from "../src/web/addresses.js";
import { type Member, member, post } from "./support/people.js";
import { tokenOf, type Visitor, visitor } from "./support/visitor.js";

const people = ["visitor", "member", "author", "disabled"] as const;
type Statuses = [visitor: number, member: number, author: number, disabled: number];

/**
 * Who gets which answer where. A POST is sent with its token and without any field, so 422 means: may, and the form
 * is not good. The post is public; a post's visibility is in test/routes/posts.test.ts.
 */
const table: Record<string, Statuses> = {
  "GET /healthz": [200, 200, 200, 200],
  "GET /readyz": [200, 200, 200, 200],
  "GET /robots.txt": [200, 200, 200, 200],
  "GET /.well-known/security.txt": [200, 200, 200, 200],
  "GET /favicon.ico": [200, 200, 200, 200],
  "POST /csp-reports": [204, 204, 204, 204],
  "GET /": [200, 200, 200, 200],
  "GET /register": [200, 303, 303, 200],
  "POST /register": [422, 303, 303, 422],
  "GET /login": [200, 303, 303, 200],
  "POST /login": [422, 303, 303, 422],
  "POST /logout": [303, 303, 303, 303],
  "GET /reauthenticate": [303, 200, 200, 303],
  "POST /reauthenticate": [303, 422, 422, 303],
  "POST /password-strength": [200, 200, 200, 200],
  "GET /dashboard": [303, 200, 200, 303],
  "GET /account/profile": [303, 200, 200, 303],
  "POST /account/profile": [303, 422, 422, 303],
  "GET /account/activity": [303, 200, 200, 303],
  "GET /posts/new": [303, 200, 200, 303],
  "POST /posts": [303, 422, 422, 303],
  "GET /posts/:id/edit": [303, 403, 200, 303],
  "POST /posts/:id": [303, 403, 422, 303],
  "POST /posts/:id/delete": [303, 403, 303, 303],
  "GET /posts": [200, 200, 200, 200],
  "GET /posts/:id": [301, 301, 301, 301],
  "GET /posts/:id/:slug": [200, 200, 200, 200],
  "GET /users/:username": [200, 200, 200, 200],
};

const known = addresses([...machines, ...pages]).map(({ method, path }) => `${method} ${path}`);

test("the table has every address, each once, and no other", () => {
  assert.deepEqual(Object.keys(table).sort(), [...known].sort());
});

let author: Member;
before(async () => {
  author = await member();
});

/** Somebody of each kind with a fresh browser, for one request. */
const arrive: Record<(typeof people)[number], () => Promise<Visitor>> = {
  visitor: async () => visitor(),
  member: () => member(),
  author: async () => author,
  async disabled() {
    const person = await member();
    await (await User.findOne({ username: person.username }).orFail()).disable();
    return person;
  },
};

for (const [address, statuses] of Object.entries(table)) {
  describe(address, () => {
    for (const [index, who] of people.entries()) {
      test(`${who}: ${statuses[index]}`, async () => {
        const [method = "", path = ""] = address.split(" ");
        const browser = await arrive[who]();
        const own = who === "author" && path === "/logout" ? await member() : browser; // the author is still needed
        const [id = "", slug = ""] = (await post(author)).split("/").slice(2);
        const filled = path.replace(":id", id).replace(":slug", slug).replace(":username", author.username);
        const answer = method === "GET" ? await own.get(filled) : await send(own, filled);
        assert.equal(answer.status, statuses[index], answer.text.slice(0, 500));
        if (statuses[index] === 303 && who !== "author" && who !== "member")
          assert.match(answer.location ?? "", /^\/login$/);
        const deleted = address === "POST /posts/:id/delete" && who === "author";
        assert.equal(await Post.countDocuments({ _id: id }), deleted ? 0 : 1);
      });
    }
  });
}

async function send(browser: Visitor, path: string) {
  const form = await browser.get("/posts/new");
  const _csrf = tokenOf(form.status === 200 ? form.text : (await browser.get("/login")).text);
  return browser.send(path, { _csrf });
}
