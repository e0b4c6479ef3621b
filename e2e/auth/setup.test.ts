import { expectAccessible } from "../support/accessibility.js";
import { test } from "../support/empty-app.js";
import { expect } from "../support/test.js";
import { fillRegistration, logIn, newUser, submit } from "../support/users.js";

const NOT_FOUND = 404;

for (const { width, colorScheme } of [
  { width: 1280, colorScheme: "light" },
  { width: 360, colorScheme: "dark" },
] as const) {
  test.describe(`${width} px wide, ${colorScheme} theme`, () => {
    test.use({ viewport: { width, height: 800 }, colorScheme });

    test("the operator creates the first account, and the setup page disappears", async ({
      page,
      app,
      anotherDevice,
    }) => {
      const root = newUser("root");
      expect((await page.goto(`${app.setupPath}x`))?.status()).toBe(NOT_FOUND);
      await page.goto(app.setupPath);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Create the first account");
      await expectAccessible(page);
      expect(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")).toBe(false);
      await fillRegistration(page, { ...root, password: "short" });
      await submit(page, "Create account");
      await expect(page.getByRole("alert", { name: "There is a problem" })).toBeVisible();
      await expectAccessible(page);

      await page.getByLabel("Password", { exact: true }).fill(root.password);
      await submit(page, "Create account");
      await expect(page).toHaveURL("/admin");
      await expect(page.getByText(`Welcome, ${root.username}.`)).toBeVisible();

      const elsewhere = await anotherDevice();
      for (const visitor of [page, elsewhere]) expect((await visitor.goto(app.setupPath))?.status()).toBe(NOT_FOUND);
      await logIn(elsewhere, root);
      await elsewhere.goto("/admin/domains");
      await expect(elsewhere.getByRole("button", { name: "Create organization" })).toBeVisible();
    });
  });
}
