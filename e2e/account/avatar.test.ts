import type { Page } from "playwright/test";
import sharp from "sharp";
import { writePost } from "../support/posts.js";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

const picture = async () => ({
  name: "me.jpg",
  mimeType: "image/jpeg",
  buffer: await sharp({ create: { width: 600, height: 400, channels: 3, background: "#2f7a5c" } })
    .jpeg()
    .toBuffer(),
});
const field = (page: Page) => page.getByLabel("Picture", { exact: true });
/** Reloads the page until the avatar is shown. */
const isShown = (page: Page) =>
  expect(async () => {
    await page.goto("/account/avatar");
    await expect(page.getByText("This is your current picture.")).toBeVisible({ timeout: 500 });
  }).toPass();

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user uploads an avatar, sees it everywhere, and removes it", async ({ page, anotherDevice }) => {
      const { username } = await signUp(page);
      const post = await writePost(page, { title: "With a face", body: "Hello." });
      await page.goto("/account/profile");
      await page
        .getByRole("navigation", { name: "Your account" })
        .getByRole("link", { name: "Profile picture" })
        .click();
      await expect(page.getByText("You don't have a picture yet.")).toBeVisible();
      await field(page).setInputFiles(await picture());
      await submit(page, "Upload picture");
      await expect(page.getByText("Picture uploaded")).toBeVisible();
      await isShown(page);

      const stranger = await anotherDevice();
      for (const path of [post, `/users/${username}`]) {
        await stranger.goto(path);
        const shown = stranger.locator("main picture img");
        await expect(shown).toBeVisible();
        expect(
          await shown.evaluate((img: HTMLImageElement) => img.decode().then(() => img.naturalWidth)),
        ).toBeGreaterThan(0);
      }

      await submit(page, "Remove picture");
      await expect(page.getByText("Picture removed.")).toBeVisible();
      await expect(page.locator("main picture")).toHaveCount(0);
    });

    test("uploading a file that is not a picture shows a clear error", async ({ page }) => {
      await signUp(page);
      await page.goto("/account/avatar");
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
      await field(page).setInputFiles({ name: "me.png", mimeType: "image/png", buffer: svg });
      await submit(page, "Upload picture");
      await expect(page.locator("#avatar-error")).toContainText("We can't read this file");
      await submit(page, "Upload picture");
      await expect(page.locator("#avatar-error")).toContainText("Choose a picture first");
    });
  });
}

test("a picture dropped onto the form gets a preview", async ({ page }) => {
  await signUp(page);
  await page.goto("/account/avatar");
  const { name, mimeType, buffer } = await picture();
  const dropped = await page.evaluateHandle(
    async ({ base64, name, type }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const files = new DataTransfer();
      files.items.add(new File([bytes], name, { type }));
      return files;
    },
    { base64: buffer.toString("base64"), name, type: mimeType },
  );
  const zone = page.locator(".drop");
  await zone.dispatchEvent("dragover", { dataTransfer: dropped });
  await expect(zone).toHaveClass(/drop-over/);
  await zone.dispatchEvent("drop", { dataTransfer: dropped });
  await expect(page.getByText("Preview of me.jpg")).toBeVisible();
  await expect(zone.locator("canvas")).toBeVisible();
  await submit(page, "Upload picture");
  await isShown(page);
});

test("a picture that is too large shows an error before the upload", async ({ page }) => {
  await signUp(page);
  await page.goto("/account/avatar");
  await field(page).setInputFiles({ name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(6_000_000) });
  await expect(page.getByText("huge.png is over 5 MB")).toBeVisible();
  await submit(page, "Upload picture");
  await expect(page).toHaveURL("/account/avatar");
  await expect(page.getByText("huge.png is over 5 MB")).toBeVisible();
});
