import { open } from "../support/admin-pages.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { newUser, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin makes a user an editor, and the user stays logged in", async ({ page, anotherDevice }) => {
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");
      const theirs = await anotherDevice();
      const ada = await signUp(theirs);

      await open(page, ada);
      await page.getByRole("link", { name: "Change roles" }).click();
      await expect(page.getByRole("checkbox", { name: "Superadmin" })).toBeDisabled();
      await page.getByText("Editor", { exact: true }).click();
      await expect(page.getByRole("checkbox", { name: "Editor" })).toBeChecked();
      await submit(page, "Save roles");
      await expect(page.getByText("have been saved.")).toBeVisible();
      await theirs.goto("/dashboard");
      await expect(theirs.getByRole("heading", { level: 1 })).toContainText("Hello");
    });
  });
}
