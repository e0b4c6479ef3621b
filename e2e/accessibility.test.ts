import type { Page } from "playwright/test";
import { expectAccessible } from "./support/accessibility.js";
import { signUp, submit } from "./support/people.js";
import { writePost } from "./support/posts.js";
import { expect, test } from "./support/test.js";

const everything =
  "# Heading\n\nText with **strong**, _emphasis_, `code` and [a link](/posts).\n\n> Quote\n\n- one\n- two\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |";

for (const colorScheme of ["light", "dark"] as const) {
  for (const size of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    test.describe(`${colorScheme}, ${size.width} wide`, () => {
      test.use({ colorScheme, viewport: size, contextOptions: { reducedMotion: "reduce" } });

      test("pages for visitors are accessible, also with mistakes", async ({ page }) => {
        await expectEach(page, ["/", "/posts", "/register", "/login", "/posts/nothing-here"]);
        await expectWithMistakes(page, "/register", "Create account");
        await expectWithMistakes(page, "/login", "Log in");
      });

      test("pages for members are accessible, empty, full and with mistakes", async ({ page }) => {
        const { username } = await signUp(page);
        await expectAccessible(page);
        await expectEach(page, [`/users/${username}`, "/posts/new", "/account/profile"]);
        await expectWithMistakes(page, "/posts/new", "Save post");

        await writePost(page, { title: "A draft", body: "Soon.", readers: "Draft" });
        await writePost(page, { title: "For members", body: "Among us.", readers: "Members" });
        const post = await writePost(page, { title: "Everything at once", body: everything });
        await expectAccessible(page);
        await page.getByRole("link", { name: "Edit post" }).click();
        await expectAccessible(page);
        await expectEach(page, [post, "/", "/posts", "/dashboard", `/users/${username}`]);
      });
    });
  }
}

async function expectEach(page: Page, paths: string[]) {
  for (const path of paths) {
    await page.goto(path);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }
}

async function expectWithMistakes(page: Page, path: string, button: string) {
  await page.goto(path);
  await submit(page, button);
  await expect(page.getByRole("alert", { name: "There is a problem" })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
}

async function expectNoSidewaysScroll(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, `${page.url()} is ${overflow} px too wide`).toBeLessThanOrEqual(0);
}
