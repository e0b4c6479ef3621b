import { expectAccessible } from "../support/accessibility.js";
import { open } from "../support/admin-pages.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { newUser, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin corrects the profile of a user", async ({ page, anotherDevice }) => {
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");
      const theirs = await anotherDevice();
      const ada = await signUp(theirs);

      await open(page, ada);
      await page.getByRole("link", { name: "Edit profile" }).click();
      await page.getByLabel("First name").fill("Ada");
      await page.getByLabel("Username").fill(admin.username);
      await submit(page, "Save profile");
      await expect(page.getByRole("link", { name: "This username is taken. Choose another." })).toBeVisible();
      await expect(page.getByLabel("First name")).toHaveValue("Ada");
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByLabel("Username").fill(ada.username);
      await submit(page, "Save profile");
      await expect(page.getByText(`Profile of ${ada.username} saved.`)).toBeVisible();
      await theirs.goto("/account/profile");
      await expect(theirs.getByLabel("First name")).toHaveValue("Ada");
    });
  });
}
