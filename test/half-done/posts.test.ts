import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { noFault } from "../support/database/faults.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { type Member, member, withRole } from "../support/users.js";

const text = { title: "A gate", body: "In the *wall*.", visibility: "public" };
const readCount = async ({ id }: Member) => (await User.findById(id).orFail()).postCount;
const listPosts = ({ id }: Member) => Post.find({ author: id }).lean();
const written = async ({ id }: Member) => String((await Post.write(id, { ...text, visibility: "public" }))._id);
const pair = async () => {
  const [ada, editor] = [await member(), await withRole("editor")];
  return { ada, editor, post: await written(ada) };
};

const writing: UseCase<{ ada: Member; once: string }> = {
  name: "creating a post",
  prepare: async () => ({ ada: await member(), once: createOnceKey() }),
  act: ({ ada, once }, fault) => press(ada, "/posts", { ...text, once }, { fault }),
  async check({ ada }, { location }) {
    const [post, ...others] = await listPosts(ada);
    assert.deepEqual(others, []);
    assert.equal(location, `/posts/${post?._id}/a-gate`);
    assert.equal(await readCount(ada), 1);
  },
};

const editing: UseCase<{ ada: Member; editor: Member; post: string }> = {
  name: "changing a post as an editor",
  prepare: pair,
  act: ({ editor, post }, fault) => press(editor, `/posts/${post}`, { title: "A door", body: "Here." }, { fault }),
  async check({ ada, post }) {
    assert.equal((await Post.findById(post).orFail()).title, "A door");
    assert.deepEqual(await listEvents(ada), ["post.edited", "session.started"]);
    assert.equal(await readCount(ada), 1);
  },
};

const gone = { "lost-outage": "whether a post is gone, or gone just now, is the same to who asks for it" } as const;

const deleting: UseCase<{ ada: Member; editor: Member; post: string }> = {
  name: "deleting a post as an editor",
  prepare: pair,
  act: ({ editor, post }, fault) => press(editor, `/posts/${post}/delete`, {}, { fault }),
  except: gone,
  async check({ ada }) {
    assert.deepEqual(await listPosts(ada), []);
    assert.equal(await Post.countDocuments({ author: null }), 0);
    assert.deepEqual(await listEvents(ada), ["post.deleted", "session.started"]);
    assert.deepEqual(await subjectsTo(ada.email), []);
    assert.equal(await readCount(ada), 0);
  },
};

const deletingOwn: UseCase<{ ada: Member; post: string }> = {
  name: "deleting a post as its author",
  prepare: pair,
  act: ({ ada, post }, fault) => press(ada, `/posts/${post}/delete`, {}, { fault }),
  except: gone,
  async check({ ada }) {
    assert.deepEqual(await listPosts(ada), []);
    assert.deepEqual(await listEvents(ada), ["session.started"]);
    assert.equal(await readCount(ada), 0);
  },
};

/** A post is written while the database fails, and deleted before any job has finished what was left. */
const deletingUnfinished: UseCase<{ ada: Member }> = {
  name: "deleting a post right after writing it",
  prepare: async () => ({ ada: await member() }),
  async act({ ada }, fault) {
    const written = await press(ada, "/posts", { ...text, once: createOnceKey() }, { fault });
    const [post] = await listPosts(ada);
    return post ? press(ada, `/posts/${post._id}/delete`, {}, { fault: noFault }) : written;
  },
  async check({ ada }) {
    assert.equal(await readCount(ada), (await listPosts(ada)).length);
  },
};

test(`interrupted: ${writing.name}`, () => tryEveryFailure(writing));
for (const useCase of [editing, deleting, deletingUnfinished])
  test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
test(`interrupted: ${deletingOwn.name}`, () => tryEveryFailure(deletingOwn));

test("a form sent twice at once creates one post, and both responses lead to it; with another text it creates another post", async () => {
  const [ada, once] = [await member(), createOnceKey()];
  const fault = { headers: {} };
  const send = (fields: Record<string, string>) =>
    press(ada, "/posts", { ...text, once, ...fields }, { fault } as never);
  const answers = await Promise.all([send({}), send({}), send({})]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [303, 303, 303],
  );
  assert.equal(new Set(answers.map(({ location }) => location)).size, 1);
  assert.equal((await listPosts(ada)).length, 1);
  await send({ title: "Another" });
  assert.equal((await listPosts(ada)).length, 2);
  await send({ once: "nonsense" });
  assert.equal(await readCount(ada), 3);
});
