import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemActor } from "../../src/actor.js";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { Comment } from "../../src/models/comment.js";
import { findWithAuthor } from "../../src/models/post/lists.js";
import { Post } from "../../src/models/post.js";
import { User } from "../../src/models/user.js";
import { deleteDueAccounts } from "../../src/services/account/deletion.js";
import { writeComment } from "../../src/services/comment/write.js";
import { noFault } from "../support/database/faults.js";
import { attempt, listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { acting } from "../support/users/actors.js";
import { type Member, member, withRole } from "../support/users.js";

const DAYS = 86_400_000;
const readPost = async (id: string) => (await findWithAuthor(id)) ?? assert.fail();
const listComments = (post: string) => Comment.find({ post }).lean();

async function setUp() {
  const [ada, bob] = [await member(), await member()];
  const { _id } = await Post.write(ada.id, { title: "A gate", body: "In the wall.", visibility: "public" });
  return { ada, bob, post: String(_id) };
}
type Scene = Awaited<ReturnType<typeof setUp>>;

/** The same with a comment by Bob. */
async function setUpComment() {
  const scene = await setUp();
  const bob = acting(await User.findById(scene.bob.id).orFail());
  const { comment } = await writeComment(bob, await readPost(scene.post), "Well said.");
  return { ...scene, comment: String(comment._id) };
}
type Commented = Awaited<ReturnType<typeof setUpComment>>;

const gone = { "lost-outage": "whether a comment is gone, or gone just now, is the same to who asks for it" } as const;
const moderated = async () => ({ ...(await setUpComment()), editor: await withRole("editor") });

const writing: UseCase<Scene & { once: string }> = {
  name: "commenting",
  prepare: async () => ({ ...(await setUp()), once: createOnceKey() }),
  act: ({ bob, post, once }, fault) => press(bob, `/posts/${post}/comments`, { body: "Well said.", once }, { fault }),
  async check({ ada, bob, post }, { location }) {
    const [comment, ...others] = await listComments(post);
    assert.deepEqual(others, []);
    assert.equal(location, `/posts/${post}/a-gate#comment-${comment?._id}`);
    assert.equal(comment?.body, "Well said.");
    assert.equal((await readPost(post)).commentCount, 1);
    assert.deepEqual(await subjectsTo(ada.email), ["New comment on your post"]);
    assert.deepEqual(await subjectsTo(bob.email), []);
  },
};

const editing: UseCase<Commented> = {
  name: "editing a comment",
  prepare: setUpComment,
  act: ({ bob, comment }, fault) => press(bob, `/comments/${comment}`, { body: "Said well." }, { fault }),
  async check({ post }) {
    assert.deepEqual(
      (await listComments(post)).map(({ body }) => body),
      ["Said well."],
    );
  },
};

const hiding = (verb: "hide" | "unhide"): UseCase<Commented> => ({
  name: verb,
  async prepare() {
    const scene = await setUpComment();
    const hidden = { hiddenAt: new Date(), hiddenBy: scene.ada.id };
    if (verb === "unhide") await Comment.updateOne({ _id: scene.comment }, { $set: hidden });
    return scene;
  },
  act: ({ ada, comment }, fault) => press(ada, `/comments/${comment}/${verb}`, {}, { fault }),
  async check({ bob, comment }) {
    assert.equal(Boolean((await Comment.findById(comment).orFail()).hiddenAt), verb === "hide");
    const event = verb === "hide" ? "comment.hidden" : "comment.shown";
    assert.deepEqual(await listEvents(bob), [event, "session.started"]);
  },
});

const deleting: UseCase<Commented & { editor: Member }> = {
  name: "a moderator deletes a comment",
  prepare: moderated,
  act: ({ editor, comment }, fault) => press(editor, `/comments/${comment}/delete`, {}, { fault }),
  except: gone,
  async check({ bob, post }) {
    assert.equal(await Comment.countDocuments({ body: "" }), 0);
    assert.deepEqual(await listComments(post), []);
    assert.equal((await readPost(post)).commentCount, 0);
    assert.deepEqual(await listEvents(bob), ["comment.deleted", "session.started"]);
  },
};

/** A comment is written while the database fails, and deleted before any job has finished what was left. */
const deletingUnfinished: UseCase<Scene> = {
  name: "an author deletes a comment right after writing it",
  prepare: setUp,
  async act({ bob, post }, fault) {
    const by = acting(await User.findById(bob.id).orFail());
    const written = await attempt(fault, async () => writeComment(by, await readPost(post), "Well said."));
    const [comment] = await listComments(post);
    return comment ? press(bob, `/comments/${comment._id}/delete`, {}, { fault: noFault }) : written;
  },
  async check({ ada, post }) {
    const left = (await listComments(post)).length;
    assert.equal((await readPost(post)).commentCount ?? 0, left);
    assert.ok((await subjectsTo(ada.email)).length <= 1);
  },
};

const deletingPost: UseCase<Commented> = {
  name: "an author deletes a post with a comment",
  prepare: setUpComment,
  act: ({ ada, post }, fault) => press(ada, `/posts/${post}/delete`, {}, { fault }),
  except: gone,
  async check({ post }) {
    assert.equal(await findWithAuthor(post), null);
    assert.deepEqual(await listComments(post), []);
  },
};

/** An account is deleted that wrote a post with a comment of another user, and a comment on the post of another user. */
const leaving = (posts: "keep" | "remove"): UseCase<Commented & { own: string; begun: Date }> => ({
  name: `a due account is deleted (${posts})`,
  async prepare() {
    const scene = await setUpComment();
    const { _id } = await Post.write(scene.bob.id, { title: "Bob's", body: "x", visibility: "public" });
    const ada = acting(await User.findById(scene.ada.id).orFail());
    await writeComment(ada, await readPost(String(_id)), "Indeed.");
    await (await User.findById(scene.bob.id).orFail()).scheduleDeletion(posts);
    const begun = new Date(Date.now() + 15 * DAYS);
    await deleteDueAccounts(systemActor, begun); // disables it
    return { ...scene, own: String(_id), begun };
  },
  act: ({ begun }, fault) => attempt(fault, () => deleteDueAccounts(systemActor, new Date(begun.getTime() + 120_000))),
  async check({ bob, post, own }) {
    assert.equal(await User.findById(bob.id), null);
    const isKept = posts === "keep";
    assert.deepEqual(
      (await listComments(post)).map(({ author, body }) => [author, body]),
      isKept ? [[null, "Well said."]] : [],
    );
    assert.equal((await readPost(post)).commentCount, isKept ? 1 : 0);
    assert.equal((await listComments(own)).length, isKept ? 1 : 0);
    assert.equal(await Post.countDocuments({ _id: own }), isKept ? 1 : 0);
  },
});

for (const useCase of [
  writing,
  editing,
  hiding("hide"),
  hiding("unhide"),
  deleting,
  deletingUnfinished,
  deletingPost,
  leaving("keep"),
  leaving("remove"),
] as UseCase<never>[])
  test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
