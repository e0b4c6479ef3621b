import type { Page } from "playwright/test";
import { expectAccessible } from "../support/accessibility.js";
import { expectOut, open } from "../support/admin-pages.js";
import { followLink } from "../support/mailbox.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

const lockingOut = "Spam in three posts.";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin logs a user out, sends a reset link, schedules the deletion and cancels it", async ({
      page,
      anotherDevice,
    }) => {
      test.slow();
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");
      const theirs = await anotherDevice();
      const ada = await signUp(theirs);

      await open(page, ada);
      await submit(page, "Log out everywhere");
      await expect(page.getByText(`${ada.username} has been logged out everywhere.`)).toBeVisible();
      await expectOut(theirs);

      await submit(page, "Send password reset");
      await expect(page.getByText(`emailed the link to ${ada.email}`)).toBeVisible();
      await followLink(theirs, ada.email, { about: /Reset your password/, path: "/password-reset/" });
      await theirs.getByLabel("New password", { exact: true }).fill("marble lantern gravel 7");
      await submit(theirs, "Set new password");
      await logIn(theirs, { ...ada, password: "marble lantern gravel 7" });
      await expect(theirs).toHaveURL("/dashboard");

      await page.getByRole("link", { name: "Delete" }).click();
      await page.getByText("Delete them").click();
      await page.getByLabel("Reason").fill("It is a machine.");
      await submit(page, "Schedule deletion");
      await expect(page.getByText("will be deleted in 14 days")).toBeVisible();
      await expectOut(theirs);
      await submit(page, "Enable account");
      await expect(page.getByText("Deletion date")).toHaveCount(0);
    });
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1280]) {
    test.describe(`${colorScheme} theme, ${width} px wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 900 } });

      test("the admin pages about a user are accessible and fit the width of the window", async ({
        page,
        anotherDevice,
      }) => {
        test.slow();
        const admin = await signUp(page, newUser("admin"));
        await giveRole(admin, "admin");
        const ada = await signUp(await anotherDevice());
        await open(page, ada);
        const at = new URL(page.url()).pathname;
        for (const path of [at, `${at}/disable`, `${at}/roles`, `${at}/delete`]) {
          await page.goto(path);
          await expectFits(page);
        }
        await submit(page, "Schedule deletion");
        await expectFits(page);
        await page.goto(`${at}/disable`);
        await page.getByLabel("Reason").fill(lockingOut);
        await submit(page, "Disable");
        await expectFits(page);
        await open(page, admin);
        await expectFits(page);
      });
    });
  }
}

async function expectFits(page: Page) {
  await expectAccessible(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, page.url()).toBeLessThanOrEqual(0);
}
