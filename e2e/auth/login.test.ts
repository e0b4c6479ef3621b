import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user registers, writes a post, logs out, and returns to the requested page after the next login", async ({
      page,
    }) => {
      const ada = newUser();
      await page.goto("/");
      await page.getByRole("main").getByRole("link", { name: "Create account" }).click();
      await signUp(page, ada);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);

      await page.getByRole("main").getByRole("link", { name: "New post" }).click();
      await page.getByLabel("Title").fill("On lanterns");
      await page.getByLabel("Text", { exact: true }).fill("They are **warm** and small.");
      await submit(page, "Save post");
      await expect(page).toHaveURL(/\/posts\/[0-9a-f]{24}\/on-lanterns$/);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("On lanterns");
      await expect(page.locator(".prose strong")).toHaveText("warm");

      await logOut(page);
      await page.goto("/posts/new");
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(page, ada);
      await expect(page).toHaveURL("/posts/new");

      await page.getByRole("link", { name: "Dashboard" }).click();
      await expect(page.getByText("Last login:")).toBeVisible();
      await expect(page.getByRole("link", { name: "On lanterns", exact: true })).toBeVisible();
    });
  });
}
