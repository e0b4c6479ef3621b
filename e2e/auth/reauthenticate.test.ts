import { expect, keptCookies, test } from "../support/test.js";
import { logIn, logOut, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a remembered user must enter the password before a sensitive action", async ({ page, anotherDevice }) => {
      const ada = await signUp(page);
      await logOut(page);
      await page.goto("/login");
      await page.getByLabel("Keep me logged in for 30 days").check();
      await logIn(page, ada);
      await expect(page).toHaveURL("/dashboard");

      const opened = await anotherDevice(await keptCookies(page));
      await opened.goto("/account/export");
      await submit(opened, "Prepare my data");
      await expect(opened).toHaveURL(/\/reauthenticate(\?return_to=[^&]*)?$/);
      await expect(opened.getByRole("heading", { level: 1 })).toHaveText("Confirm it's you");
      await opened.getByLabel("Password", { exact: true }).fill("not the password at all");
      await submit(opened, "Continue");
      await expect(opened.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/Incorrect password/);
      await opened.getByLabel("Password", { exact: true }).fill(ada.password);
      await submit(opened, "Continue");
      await expect(opened).toHaveURL("/account/export");
      await submit(opened, "Prepare my data");
      await expect(opened.getByRole("status")).toContainText("We're preparing your data.");
    });
  });
}
