import "../support/environment.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Types } from "mongoose";
import { Post } from "../../src/models/post.js";
import { isInSample } from "../support/settings/sample.js";
import { account, createDomainScene, outside, people, type Who } from "../support/users/domain-kinds.js";
import { type Member, withRole } from "../support/users.js";
import { readToken, type Visitor, visitor } from "../support/visitor.js";

const { a, b, getBrowser } = await createDomainScene();

type Fields = Record<string, string>;
type Row = {
  /** The form fields of a POST. */
  fields?: (subject: { member: string }) => Fields;
  /** The status for users outside and inside, and for users who get a different one. */
  outside: number;
  inside: number;
  others: Partial<Record<Who, number>>;
};
const door = { visitor: 303, unconfirmed: 303 };
const words = { title: "Corrected", body: "Other words." };

/** Every request that shows or changes domain A or a post in it, with the status for each user. */
const table: Record<string, Row> = {
  "GET /posts/:id": { outside: 404, inside: 301, others: {} },
  "GET /posts/:id/:words": { outside: 404, inside: 200, others: {} },
  "GET /posts/:id/edit": { outside: 404, inside: 200, others: { ...door, inA: 403 } },
  "POST /posts/:id": {
    fields: () => ({ ...words, visibility: "domain", domain: a.slug }),
    ...{ outside: 404, inside: 303, others: { ...door, inA: 403 } },
  },
  "POST /posts/:id, for everyone": {
    fields: () => ({ ...words, visibility: "public" }),
    ...{ outside: 404, inside: 422, others: { ...door, inA: 403, author: 303 } },
  },
  "POST /posts/:id, as a draft": {
    fields: () => ({ ...words, visibility: "draft" }),
    ...{ outside: 404, inside: 422, others: { ...door, inA: 403, author: 303 } },
  },
  "POST /posts/:id, with mistakes": { outside: 404, inside: 422, others: { ...door, inA: 403 } },
  "POST /posts/:id/delete": { outside: 404, inside: 303, others: { ...door, inA: 403 } },
  "POST /posts": {
    fields: () => ({ ...words, visibility: "domain", domain: a.slug }),
    ...{ outside: 422, inside: 303, others: { ...door, editor: 422, admin: 422, superadmin: 422 } },
  },
  "GET /domains/:slug": { outside: 404, inside: 200, others: door },
  "GET /domains/:slug/people": { outside: 404, inside: 200, others: door },
  "GET /domains/:slug/leave": {
    ...{ outside: 404, inside: 200, others: { ...door, adminA: 403, editor: 404, admin: 404, superadmin: 404 } },
  },
  "POST /domains/:slug/leave": {
    ...{ outside: 404, inside: 303, others: { ...door, adminA: 403, editor: 404, admin: 404, superadmin: 404 } },
  },
  "GET /admin/domains/:slug": {
    ...{ outside: 403, inside: 403, others: { ...door, adminB: 404, adminA: 200, admin: 200, superadmin: 200 } },
  },
  "POST /admin/domains/:slug": {
    fields: ({ member: user }) => ({ user, role: "user" }),
    ...{ outside: 403, inside: 403, others: { ...door, adminB: 404, adminA: 303, admin: 303, superadmin: 303 } },
  },
  "POST /admin/domains/:slug/members/:member/remove": {
    ...{ outside: 403, inside: 403, others: { ...door, adminB: 404, adminA: 303, admin: 303, superadmin: 303 } },
  },
  "GET /admin/domains/:slug/edit": { outside: 403, inside: 403, others: { ...door, superadmin: 200 } },
  "GET /admin/domains/:slug/delete": { outside: 403, inside: 403, others: { ...door, superadmin: 200 } },
  "POST /admin/domains/:slug/edit": { outside: 403, inside: 403, others: { ...door, superadmin: 422 } },
  "POST /admin/domains/:slug/delete": { outside: 403, inside: 403, others: { ...door, superadmin: 422 } },
};

/** Restores the membership after a test that ended it. */
const roleIn: Partial<Record<Who, "user" | "editor">> = { inA: "user", author: "user", editorA: "editor" };

/** Creates a post in A. No user outside may see its text. */
async function secretPost() {
  const author = await account(getBrowser("author"));
  const text = { title: "Hidden title", body: "hidden words" };
  return Post.write(author.id, { ...text, visibility: "domain", domain: new Types.ObjectId(a.id) });
}

const HIDDEN = /Hidden title|hidden words|The secret society/;

for (const [address, { fields, ...answers }] of Object.entries(table)) {
  describe(address, () => {
    for (const who of people.filter(isInSample)) {
      const isOutside = (outside as readonly Who[]).includes(who);
      const status = answers.others[who] ?? (isOutside ? answers.outside : answers.inside);
      test(`${who} gets ${status}`, async () => {
        const post = await secretPost();
        const subject = await account(getBrowser("inA"));
        await subject.grantRole({ role: "user", domain: a.id });
        const [method = "", path = ""] = address.split(/[ ,]+/);
        const parts: Fields = { id: String(post._id), words: post.slug, slug: a.slug, member: subject.id };
        const filled = path.replace(/:(\w+)/g, (_, part: string) => parts[part] ?? "");
        const browser = getBrowser(who);
        const answer =
          method === "GET"
            ? await browser.get(filled)
            : await send(browser, filled, fields?.({ member: subject.username }) ?? {});
        assert.equal(answer.status, status, answer.text.slice(0, 800));
        if (isOutside) assert.doesNotMatch(answer.text, HIDDEN);
        const after = await Post.findById(post._id).lean();
        const isDone = status === 303 && !(who in door);
        assert.equal(after === null, isDone && path.endsWith("/:id/delete"));
        if (after && !(isDone && path === "/posts/:id")) assert.equal(after.title, "Hidden title");
        const role = isDone && path.endsWith("/leave") && roleIn[who];
        if (role) await (await account(browser)).grantRole({ role, domain: a.id });
        if (after && who !== "author") assert.deepEqual([after.visibility, String(after.domain)], ["domain", a.id]);
      });
    }
  });
}

async function send(browser: Visitor, path: string, fields: Fields) {
  const form = await browser.get("/email-confirmation");
  const _csrf = readToken(form.status === 200 ? form.text : (await browser.get("/posts/new")).text);
  return browser.send(path, { _csrf, ...fields });
}

describe("other pages and lists", () => {
  for (const who of people) {
    test(`${who}: a domain and its posts appear only on pages of users who may see them`, async () => {
      const post = await secretPost();
      const browser = getBrowser(who);
      const isOutside = (outside as readonly Who[]).includes(who);
      const own = who === "author" ? [] : ["/dashboard"];
      const open = ["/", "/posts", "/posts?page=2", `/users/${getBrowser("author").username}`, "/robots.txt", ...own];
      for (const path of open) assert.doesNotMatch((await browser.get(path)).text, /Hidden title|hidden words/, path);
      for (const path of [
        "/domains",
        "/posts/new",
        "/admin/domains",
        `/domains/${b.slug}`,
        `/admin/domains/${b.slug}`,
      ]) {
        const { text } = await browser.get(path);
        if (isOutside) assert.doesNotMatch(text, HIDDEN, path);
      }
      const listed = (await browser.get(`/domains/${a.slug}`)).text.includes(`/posts/${post._id}/`);
      assert.equal(listed, !isOutside);
    });
  }
});

test("a removed member loses access to the domain with the next request, in every session", async () => {
  const person = await withRole("editor", a.id);
  const elsewhere = visitor();
  await elsewhere.submit("/login", { login: person.username, password: person.password });
  const { _id, slug } = await secretPost();
  const url = `/posts/${_id}/${slug}`;
  for (const browser of [person, elsewhere]) assert.equal((await browser.get(url)).status, 200);
  const id = (await account(person)).id;
  const admin = getBrowser("adminA");
  await admin.submit(`/admin/domains/${a.slug}`, {}, `/admin/domains/${a.slug}/members/${id}/remove`);
  for (const browser of [person, elsewhere]) {
    assert.equal((await browser.get(url)).status, 404);
    assert.equal((await browser.get(`/domains/${a.slug}`)).status, 404);
    const late = { ...words, visibility: "domain", domain: a.slug };
    assert.equal((await browser.submit("/posts/new", late, "/posts")).status, 422);
    assert.equal((await browser.submit("/posts/new", {}, `/posts/${_id}/delete`)).status, 404);
  }
});

test("an author who left a domain can read and delete their posts there, but can publish them only elsewhere", async () => {
  const person: Member = await withRole("user", a.id);
  const write = (fields: Fields) => person.submit("/posts/new", { ...words, ...fields }, "/posts");
  const url = (await write({ visibility: "domain" })).location ?? "";
  const second = (await write({ visibility: "domain" })).location ?? "";
  await (await account(person)).revokeRole({ role: "user", domain: a.id });
  const page = await person.get(url);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /The secret society/);
  const address = url.split("/").slice(0, 3).join("/");
  const form = await person.get(`${address}/edit`);
  assert.match(form.text, /no longer a member of the organization/);
  assert.match(
    form.text,
    /value="draft"[^>]* checked/,
    "the form selects Draft, so that nothing is published by accident",
  );
  const revise = (fields: Fields) => person.submit(`${address}/edit`, { ...words, ...fields }, address);
  for (const domain of ["", a.slug, b.slug]) assert.equal((await revise({ visibility: "domain", domain })).status, 422);
  assert.equal((await revise({ visibility: "members" })).status, 303);
  assert.equal((await getBrowser("inA").get(url.replace(/[^/]*$/, "corrected"))).status, 200);
  const gone = await person.submit("/posts/new", {}, `${second.split("/").slice(0, 3).join("/")}/delete`);
  assert.equal(gone.location, "/dashboard");
});
