import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuditEvent, type AuditEventFields } from "../../../src/models/audit-event.js";
import { Post } from "../../../src/models/post.js";
import { User } from "../../../src/models/user.js";
import { domain } from "../../support/users/domains.js";
import { member, post, withRole } from "../../support/users.js";

const getAddress = (url: string) => url.split("/").slice(0, 3).join("/");
const findBy = (url: string) => Post.findById(url.split("/")[2]).lean().orFail();
const eventsAbout = async (who: { username: string }) => {
  const user = await User.findOne({ username: who.username }).orFail();
  return AuditEvent.find({ user: user._id, event: /^post\./ }).lean<AuditEventFields[]>();
};

test("an editor can change the text of a post; author and audience stay, and the author is informed", async () => {
  const [author, editor] = [await member(), await withRole("editor")];
  const url = await post(author, { title: "Teh gate", visibility: "members" });
  const before = await findBy(url);
  const form = await editor.get(`${getAddress(url)}/edit`);
  assert.doesNotMatch(form.text, /name="visibility"/);
  assert.match(form.text, /can see that you edited it/);
  const page = await editor.submit(`${getAddress(url)}/edit`, { title: "The gate", body: "x" }, getAddress(url));
  assert.equal(page.location, `${getAddress(url)}/the-gate`);
  const after = await findBy(url);
  assert.deepEqual([after.author, after.visibility, after.place], [before.author, "members", before.place]);
  assert.deepEqual(after.publishedAt, before.publishedAt);
  const [event] = await eventsAbout(author);
  const { _id } = await User.findOne({ username: editor.username }).orFail();
  assert.equal(event?.event, "post.edited");
  assert.deepEqual(event?.actor, _id);
  assert.equal(event?.details?.post, String(before._id));
  assert.match(
    (await author.get("/account/activity")).text,
    /An editor edited one of your posts\. <q dir="auto">Teh gate<\/q>/,
  );
});

test("an editor who changes the audience of a post gets an error, and the input is kept", async () => {
  const [author, editor] = [await member(), await withRole("editor")];
  const url = await post(author, { title: "As it was" });
  for (const visibility of ["draft", "members", "domain"]) {
    const fields = { title: "Edited", body: "kept words", visibility };
    const page = await editor.submit(`${getAddress(url)}/edit`, fields, getAddress(url));
    assert.equal(page.status, 422, visibility);
    assert.match(page.text, /Only the author can change/);
    assert.match(page.text, /kept words/);
  }
  assert.equal((await findBy(url)).title, "As it was");
  const same = { title: "Edited", body: "x", visibility: "public" };
  assert.equal((await editor.submit(`${getAddress(url)}/edit`, same, getAddress(url))).status, 303);
});

test("an editor deletes a post; its author sees it in the activity, and the post count changes", async () => {
  const [author, editor] = [await member(), await withRole("editor")];
  const url = await post(author, { title: "Too much" });
  const page = await editor.submit(`${getAddress(url)}/edit`, {}, `${getAddress(url)}/delete`);
  assert.deepEqual([page.status, page.location], [303, "/posts"]);
  assert.match(
    (await author.get("/account/activity")).text,
    /An editor deleted one of your posts\. <q dir="auto">Too much<\/q>/,
  );
  assert.equal((await User.findOne({ username: author.username }).orFail()).postCount, 0);
});

test("only the author can see and edit a draft, and changes by the author are not recorded", async () => {
  const [author, root] = [await member(), await withRole("superadmin")];
  const url = await post(author, { visibility: "draft" });
  for (const path of [url, `${getAddress(url)}/edit`]) assert.equal((await root.get(path)).status, 404);
  const fields = { title: "Mine now", body: "x", visibility: "public" };
  assert.equal((await root.submit("/posts/new", fields, getAddress(url))).status, 404);
  assert.equal((await root.submit("/posts/new", {}, `${getAddress(url)}/delete`)).status, 404);
  await author.submit(`${getAddress(url)}/edit`, { ...fields, title: "Mine" }, getAddress(url));
  await author.submit("/posts/new", {}, `${getAddress(url)}/delete`);
  assert.deepEqual(await eventsAbout(author), []);
});

test("an editor can change and delete a post whose author was deleted", async () => {
  const editor = await withRole("editor");
  const url = await post(await member());
  await Post.updateOne({ _id: url.split("/")[2] }, { author: null });
  const fields = { title: "Kept", body: "x" };
  assert.equal((await editor.submit(`${getAddress(url)}/edit`, fields, getAddress(url))).status, 303);
  assert.equal((await editor.submit("/posts/new", {}, `${getAddress(url)}/delete`)).status, 303);
});

test("an editor of a domain can edit posts in that domain only", async () => {
  const here = await domain();
  const [author, editor] = [await withRole("user", here.id), await withRole("editor", here.id)];
  const inside = await post(author, { visibility: "domain" });
  const outside = await post(author);
  assert.equal((await editor.get(`${getAddress(inside)}/edit`)).status, 200);
  assert.equal((await editor.get(`${getAddress(outside)}/edit`)).status, 403);
  await author.submit(
    `${getAddress(inside)}/edit`,
    { title: "x", body: "x", visibility: "public" },
    getAddress(inside),
  );
  assert.equal((await editor.get(`${getAddress(inside)}/edit`)).status, 403, "the post left the domain");
  assert.equal((await editor.submit("/posts/new", {}, `${getAddress(inside)}/delete`)).status, 403);
});
