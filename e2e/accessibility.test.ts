import type { Page } from "playwright/test";
import { expectAccessible } from "./support/accessibility.js";
import { addApp } from "./support/factors.js";
import { linkIn, mailAbout } from "./support/mailbox.js";
import { writeComment, writePost } from "./support/posts.js";
import { giveRole } from "./support/roles.js";
import { expect, test } from "./support/test.js";
import { confirmation, logIn, newUser, type Person, register, signUp, submit } from "./support/users.js";

const everything =
  "# Heading\n\nText with **strong**, _emphasis_, `code` and [a link](/posts).\n\n> Quote\n\n- one\n- two\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |";

for (const colorScheme of ["light", "dark"] as const) {
  for (const size of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    test.describe(`${colorScheme} theme, ${size.width} px wide`, () => {
      test.use({ colorScheme, viewport: size, contextOptions: { reducedMotion: "reduce" } });

      test("pages for visitors are accessible, with and without form errors", async ({ page }) => {
        await expectEach(page, ["/", "/posts", "/register", "/login", "/posts/nothing-here"]);
        await expectEach(page, ["/email-confirmation", "/password-reset", "/password-reset/nobodys", "/dev/mailbox"]);
        await expectWithMistakes(page, "/register", "Create account");
        await expectWithMistakes(page, "/login", "Log in");
        await expectWithMistakes(page, "/password-reset", "Send reset link");
      });

      test("account pages and mailed-link pages are accessible, with and without form errors", async ({
        page,
        anotherDevice,
      }) => {
        test.slow(); // opens twenty pages
        const ada = await register(page);
        await expectEach(page, [linkIn(await mailAbout(page, ada.email, confirmation.about), confirmation.path)]);
        await submit(page, "Confirm email address");
        await logIn(await anotherDevice(), ada);
        await expectEach(page, [
          "/account/email",
          "/account/addresses",
          "/account/password",
          "/account/sessions",
          "/account/api-tokens",
          "/account/activity",
        ]);
        await expectEach(page, ["/account/export", "/account/deletion", "/reauthenticate"]);
        await expectWithMistakes(page, "/account/email", "Send confirmation link");
        await expectWithMistakes(page, "/account/addresses", "Send confirmation link");
        await expectWithMistakes(page, "/account/password", "Change password");
        await expectWithMistakes(page, "/account/deletion", "Delete my account");
        await page.goto("/account/sessions");
        await page.getByRole("link", { name: "Name this device" }).first().click();
        await expectAccessible(page);

        await askForChange(page, ada);
        const asked = await mailAbout(page, ada.email, /about to change/);
        const strange = await mailAbout(page, ada.email, /new device/);
        await expectEach(page, ["/account/email", linkIn(asked, "/email-undo/"), linkIn(strange, "/not-me/")]);
        await expectEach(page, [`/dev/mailbox/${strange.id}`]);
        await planToLeave(page, ada);
        await expectEach(page, ["/account/deletion", "/dashboard"]);
      });

      test("the pages of second factors are accessible, also while one is lost", async ({ page, anotherDevice }) => {
        const ada = await signUp(page);
        await expectEach(page, ["/account/factors", "/account/passkeys"]);
        await expectWithMistakes(page, "/account/factors/authenticator", "Add the app");
        await addApp(page);
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        await page.getByRole("button", { name: "Create recovery codes" }).click();
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        await expectEach(page, ["/account/factors", "/reauthenticate"]);

        const visitor = await anotherDevice();
        await visitor.setViewportSize(size);
        await logIn(visitor, ada);
        await expectWithMistakes(visitor, "/login/second-factor", "Log in");
        await expectWithMistakes(visitor, "/login/recovery", "Log in");
        await expectEach(visitor, ["/login/lost-factor"]);
        await submit(visitor, "Email me the link");
        const link = linkIn(
          await mailAbout(page, ada.email, /You said that you lost your second factor/),
          "/factor-recovery/",
        );
        await expectEach(visitor, [link]);
        await submit(visitor, "Start the waiting period");
        await expectEach(visitor, ["/login/lost-factor"]);
        const started = await mailAbout(page, ada.email, /second factors are about to be removed/);
        await expectEach(visitor, [linkIn(started, "/factor-recovery-cancel/")]);
        await expectEach(page, ["/dashboard"]);
      });

      test("invitation pages are accessible when empty, when full and with form errors", async ({
        page,
        anotherDevice,
      }) => {
        const ada = await signUp(page);
        await giveRole(ada, "admin");
        const eda = newUser("eda");
        await expectWithMistakes(page, "/admin/invitations", "Send invitation");
        await page.getByLabel("Email").fill(eda.email);
        await submit(page, "Send invitation");
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        const link = linkIn(await mailAbout(page, eda.email, /You are invited/), "/invitations/");
        await expectEach(page, [link]);
        const visitor = await anotherDevice();
        await visitor.setViewportSize(size);
        await expectEach(visitor, [link]);
        await expectWithMistakes(visitor, link, "Create account");
      });

      test("member pages are accessible when empty, when full and with form errors", async ({ page }) => {
        test.slow(); // opens a dozen pages, one of them with all countries and time zones
        const { username } = await signUp(page);
        await expectAccessible(page);
        await expectEach(page, [`/users/${username}`, "/posts/new", "/account/profile", "/account/avatar"]);
        await expectWithMistakes(page, "/posts/new", "Save post");

        await writePost(page, { title: "A draft", body: "Soon.", readers: "Draft" });
        await writePost(page, { title: "For members", body: "Among us.", readers: "Logged-in users" });
        const post = await writePost(page, { title: "Everything at once", body: everything });
        await expectAccessible(page);
        await page.getByRole("link", { name: "Edit post" }).click();
        await expectAccessible(page);
        await expectEach(page, [post, "/", "/posts", "/dashboard", `/users/${username}`]);

        await expectWithMistakes(page, post, "Post comment");
        await writeComment(page, post, "> Quote\n\nA **long** word: Donaudampfschifffahrtsgesellschaftskapitänsmützen");
        await expectAccessible(page);
        await page.getByRole("button", { name: /^Hide/ }).click();
        await page.getByText("Delete the comment by").click();
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        await page.getByRole("link", { name: "Edit your comment" }).click();
        await expectAccessible(page);
        await expectEach(page, [`${post.split("/").slice(0, 3).join("/")}/comments/new`, "/account/notifications"]);
      });
    });
  }
}

async function askForChange(page: Page, { password, email }: Person) {
  await page.goto("/account/email");
  await page.getByLabel("New email address").fill(`new-${email}`);
  await page.getByLabel("Current password", { exact: true }).fill(password);
  await submit(page, "Send confirmation link");
  await expectEach(page, [linkIn(await mailAbout(page, `new-${email}`, /new email address/), "/email-change/")]);
}

async function planToLeave(page: Page, { password }: Person) {
  await page.goto("/account/deletion");
  await page.getByLabel("Your password", { exact: true }).fill(password);
  await submit(page, "Delete my account");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Account scheduled for deletion");
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
