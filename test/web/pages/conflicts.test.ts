import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Comment } from "../../../src/models/comment.js";
import { Domain } from "../../../src/models/domain.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { Webhook } from "../../../src/models/webhook.js";
import { cast, typedForms, valuesIn } from "../../support/forms/typed.js";
import { type Member, member, post, withRole } from "../../support/users.js";
import { hiddenFields, type Visitor } from "../../support/visitor.js";

type Stored = Awaited<ReturnType<typeof cast>>;
let all: Stored;
let boss: Member;
/** All forms of all pages. Reading the pages takes a second, and their addresses stay the same. */
let found: Awaited<ReturnType<typeof typedForms>>["forms"];
before(async () => {
  all = await cast();
  boss = all.boss;
  found = (await typedForms(boss, all)).forms;
});

const getId = (path: string) => path.split("/")[2] ?? "";

/** Every form that changes stored data: its address, the input of two users, and the stored data afterwards. */
const forms: Record<string, { one: Fields; other: Fields; now: (action: string) => Promise<unknown> }> = {
  "/posts/:id": {
    one: { title: "First", body: "The first text", visibility: "public" },
    other: { title: "Second", body: "The second text", visibility: "public" },
    now: async (action) => (await Post.findById(getId(action)).orFail()).title,
  },
  "/comments/:id": {
    one: { body: "First words" },
    other: { body: "Second words" },
    now: async (action) => (await Comment.findById(getId(action)).orFail()).body,
  },
  "/account/profile": {
    one: { bio: "First lines", firstName: "First", shown: "none" },
    other: { bio: "Second lines", firstName: "Second", shown: "none" },
    now: async () => (await User.findOne({ username: boss.username }).orFail()).bio,
  },
  "/account/sessions/:handle/name": {
    one: { name: "First" },
    other: { name: "Second" },
    now: async () => />(First|Second)</.exec((await boss.get("/account/sessions")).text)?.[1],
  },
  "/admin/domains/:slug/edit": {
    one: { name: "First" },
    other: { name: "Second" },
    now: async (action) => (await Domain.findBySlug(action.split("/")[3] ?? ""))?.name,
  },
  "/admin/webhooks/:id/edit": {
    one: { description: "First", url: "https://first.example/" },
    other: { description: "Second", url: "https://second.example/" },
    now: async (action) => (await Webhook.find(action.split("/")[3] ?? ""))?.description,
  },
  "/admin/users/:id/profile": {
    one: { bio: "First" },
    other: { bio: "Second" },
    now: async (action) => (await User.findById(action.split("/")[3]).orFail()).bio,
  },
  "/admin/users/:id/roles": {
    one: { roles: "editor" },
    other: { roles: "admin" },
    now: async (action) =>
      [...(await User.findById(action.split("/")[3]).orFail()).roles].map(({ role }) => role).join(),
  },
};
type Fields = Record<string, string>;
/** Forms that show no stored data, because they create or request something. */
const drawnNew = [
  "/posts",
  "/posts/:id/comments",
  "/account/api-tokens",
  "/account/passkeys",
  "/account/email",
  "/account/addresses",
  "/account/deletion",
  "/admin/domains",
  "/admin/invitations",
  "/admin/webhooks",
];
/** A form with a single choice: the last request decides. */
const choices = ["/account/notifications"];
const questions = ["/password-reset", "/admin/domains/:slug", "/admin/domains/:slug/delete", "/admin/users/bulk"];
const reasons = ["impersonate", "disable", "delete"].map((verb) => `/admin/users/:id/${verb}`);

test("each form has a version, or shows no stored values", async () => {
  const isVersioned = async (page: string, action: string) =>
    hiddenFields((await boss.get(page)).text, action)._version !== undefined;
  for (const { path, page, action } of found) {
    const isKnown = path in forms;
    assert.equal(await isVersioned(page, action), isKnown, path);
    assert.ok(
      isKnown || [...drawnNew, ...choices, ...questions, ...reasons].includes(path),
      `${path} is in one of the lists`,
    );
  }
  assert.equal(found.filter(({ path }) => path in forms).length, Object.keys(forms).length);
});

async function open(path: string) {
  const form = found.find((one) => one.path === path) ?? assert.fail(path);
  const html = (await boss.get(form.page)).text;
  const drawn = Object.fromEntries(
    Object.entries(valuesIn(html, form.action) ?? {}).map(([name, [value = ""]]) => [name, value]),
  );
  return { ...form, fields: { ...drawn, ...hiddenFields(html, form.action) } };
}

for (const [path, { one, other, now }] of Object.entries(forms)) {
  test(`${path}: after two concurrent changes, the second user sees both and can choose`, async () => {
    const { action, fields } = await open(path);
    assert.equal((await boss.send(action, { ...fields, ...one })).status, 303);
    const first = await now(action);
    const second = await boss.send(action, { ...fields, ...other });
    assert.equal(second.status, 409, second.text);
    assert.equal(await now(action), first, "the first change is not overwritten");
    for (const [name, value] of Object.entries(other).filter(([name]) => name !== "visibility" && name !== "shown")) {
      assert.ok(JSON.stringify(valuesIn(second.text, action)).includes(value), `typed: ${value}`);
      assert.match(second.text, new RegExp(`id="stored-${name}"[^>]*>\\s*${one[name] ?? ""}`), `stored: ${one[name]}`);
    }
    assert.match(second.text, /Keep the saved version/);
    const again = await boss.send(action, { ...fields, ...hiddenFields(second.text, action), ...other });
    assert.equal(again.status, 303, "sending the form again confirms the change");
    assert.notEqual(await now(action), first);
  });

  test(`${path}: the same form sent twice is no conflict, and a form without a version is not checked`, async () => {
    const { action, fields } = await open(path);
    for (const _ of [1, 2]) assert.equal((await boss.send(action, { ...fields, ...one })).status, 303);
    const { _version, ...bare } = fields;
    assert.equal((await boss.send(action, { ...bare, ...other })).status, 303);
    await boss.send(action, { ...bare, ...one });
  });

  test(`${path}: a double click is no conflict`, async () => {
    for (let round = 0; round < 10; round += 1) {
      const { action, fields } = await open(path);
      const typed = round % 2 ? one : other;
      const answers = await Promise.all([1, 2].map(() => boss.send(action, { ...fields, ...typed })));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [303, 303],
      );
    }
  });

  test(`${path}: the form keeps its version through errors and an expired session`, async () => {
    const { action, fields } = await open(path);
    const refused = await boss.send(action, { ...fields, ...other, _csrf: "stale" });
    assert.equal(hiddenFields(refused.text, action)._version, fields._version);
  });
}

test("if two admins change a member's role at once, the second one sees the conflict", async () => {
  const { slug } = (await Domain.findOne().lean().orFail()) as { slug: string };
  const ada = await member();
  const action = `/admin/domains/${slug}`;
  assert.equal((await boss.submit(action, { user: ada.username, role: "user" })).status, 303);
  const row = (await boss.get(action)).text.split('<form class="role-form"').at(-1) ?? "";
  const hidden = hiddenFields(`<form class="role-form"${row}`, action);
  assert.equal(hidden.user, ada.username);
  assert.equal((await boss.send(action, { ...hidden, role: "editor" })).status, 303);
  const second = await boss.send(action, { ...hidden, role: "admin" });
  assert.equal(second.status, 409);
  assert.match(second.text, /id="stored-role"[^>]*>\s*editor/);
});

test("if the same form of a post is sent many times at once, one version is saved and the others keep their text", async () => {
  const author = await withRole("superadmin");
  const url = (await post(author)).split("/").slice(0, 3).join("/");
  const fields = hiddenFields((await author.get(`${url}/edit`)).text, url);
  const save = (who: Visitor, n: number) =>
    who.send(url, { ...fields, title: `Take ${n}`, body: `Text ${n}`, visibility: "public" });
  const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => save(author, n)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, ...Array(7).fill(409)]);
  for (const [n, { status, text }] of answers.entries())
    if (status === 409) assert.match(text, new RegExp(`Text ${n}`), "the text is not lost");
});
