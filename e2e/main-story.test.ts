import { expect, test } from "./support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "./support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("someone signs up, writes, logs out, and logs in again to where they were going", async ({ page }) => {
      const ada = newUser();
      await page.goto("/");
      await page.getByRole("main").getByRole("link", { name: "Create your account" }).click();
      await signUp(page, ada);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);

      await page.getByRole("link", { name: "Write a post" }).click();
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
      await expect(page.getByText("You last signed in on")).toBeVisible();
      await expect(page.getByRole("link", { name: "On lanterns", exact: true })).toBeVisible();
    });

    test("mistakes come back with what was typed, except the password", async ({ page }) => {
      const ada = await signUp(page);
      await logOut(page);
      await page.goto("/register");
      await page.getByLabel("Username").fill(ada.username.toUpperCase());
      await page.getByLabel("E-mail").fill("someone-new@example.org");
      await page.getByLabel("Password", { exact: true }).fill(ada.password);
      await submit(page, "Create account");
      await expect(page).toHaveTitle(/^Error: /);
      await expect(page.getByLabel("Username")).toHaveAccessibleDescription(/taken/);
      await expect(page.getByLabel("E-mail")).toHaveValue("someone-new@example.org");
      await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    });

    test("a post is changed, then deleted", async ({ page }) => {
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
      await submit(page, "Delete for good");
      await expect(page).toHaveURL("/dashboard");
      await expect(page.getByText("Nothing written yet")).toBeVisible();
    });
  });
}
