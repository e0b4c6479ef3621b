import { chooseReaders, writePost } from "./support/posts.js";
import { expect, test } from "./support/test.js";
import { signUp, submit } from "./support/users.js";

const NOT_FOUND = 404;
const FORBIDDEN = 403;

test("other users cannot see a draft until it is published", async ({ page, browser }) => {
  const ada = await signUp(page);
  const draft = await writePost(page, { title: "Half a thought", body: "Not yet.", readers: "Draft" });
  await expect(page.getByText("Draft", { exact: true })).toBeVisible();

  const other = await browser.newContext();
  const grace = await other.newPage();
  await signUp(grace);
  expect((await grace.goto(draft))?.status()).toBe(NOT_FOUND);
  await grace.goto(`/users/${ada.username}`);
  await expect(grace.getByText("Half a thought")).toHaveCount(0);

  await page.getByRole("link", { name: "Edit post" }).click();
  await chooseReaders(page, "Everyone");
  await submit(page, "Save changes");
  await expect(page.getByText("Draft", { exact: true })).toHaveCount(0);

  await grace.goto(draft);
  await expect(grace.getByRole("heading", { level: 1 })).toHaveText("Half a thought");
  await expect(grace.getByRole("link", { name: "Edit post" })).toHaveCount(0);
  await grace.goto(`/users/${ada.username}`);
  await expect(grace.getByRole("link", { name: "Half a thought", exact: true })).toBeVisible();
  const edit = draft.split("/").slice(0, 3).concat("edit").join("/");
  expect((await grace.goto(edit))?.status()).toBe(FORBIDDEN);
  await other.close();
});

test("a post for members requires a login", async ({ page, browser }) => {
  await signUp(page);
  const post = await writePost(page, { title: "Among us", body: "For members.", readers: "Logged-in users" });
  const elsewhere = await browser.newContext();
  const visitor = await elsewhere.newPage();
  expect((await visitor.goto(post))?.status()).toBe(NOT_FOUND);
  await signUp(visitor);
  await visitor.goto(post);
  await expect(visitor.getByRole("heading", { level: 1 })).toHaveText("Among us");
  await elsewhere.close();
});
