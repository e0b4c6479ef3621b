import { expect, test } from "./support/test.js";
import { signUp, submit } from "./support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user edits a post and then deletes it", async ({ page }) => {
      await signUp(page);
      await page.goto("/posts/new");
      await page.getByLabel("Title").fill("First thoughts");
      await page.getByLabel("Text", { exact: true }).fill("Short.");
      await submit(page, "Save post");
      await page.getByRole("link", { name: "Edit post" }).click();
      await page.getByLabel("Title").fill("Second thoughts");
      await submit(page, "Save changes");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Second thoughts");

      await page.getByRole("link", { name: "Edit post" }).click();
      await page.getByText("Delete this post…").click();
      await submit(page, "Delete permanently");
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText("No posts yet")).toBeVisible();
    });
  });
}
