import { expectAccessible } from "../support/accessibility.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin reads the statistics of the month and looks up a user's events", async ({ page, anotherDevice }) => {
      const phone = await anotherDevice();
      const ada = await signUp(phone);
      await logOut(phone);
      await logIn(phone, { ...ada, password: "not the password at all" });
      const admin = await signUp(page, newUser("admin"));
      await giveRole(admin, "admin");

      await page.goto("/admin");
      await expect(page.getByRole("img", { name: "Failed logins by day" })).toBeVisible();
      await page.getByText("Show as table").click();
      await expect(page.getByRole("table").getByRole("row")).toHaveCount(31);

      await page.getByRole("link", { name: "View audit log" }).click();
      await page.getByLabel("User", { exact: true }).fill(ada.username);
      await page.getByLabel("Event").selectOption({ label: "Failed login" });
      await submit(page, "Filter");
      const lines = page.getByRole("main").getByRole("listitem").filter({ hasText: "session.refused" });
      await expect(lines).toHaveCount(1);
      await expect(lines.getByRole("link", { name: ada.username })).toBeVisible();

      await page.getByLabel("User", { exact: true }).fill("nobody-we-know");
      await submit(page, "Filter");
      await expect(page.getByLabel("User", { exact: true })).toHaveAccessibleDescription(
        /No user with this name or ID/,
      );
      await page.getByRole("link", { name: "Clear filters" }).click();
      await expect(page.getByLabel("User", { exact: true })).toHaveValue("");
    });
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1280]) {
    test.describe(`${colorScheme} theme, ${width} px wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 800 }, contextOptions: { reducedMotion: "reduce" } });

      test("the overview and the audit log pass the accessibility check when full, when empty and with form errors", async ({
        page,
      }) => {
        const admin = await signUp(page, newUser("admin"));
        await giveRole(admin, "admin");
        for (const path of [
          "/admin",
          "/admin/audit-log",
          "/admin/audit-log?to=2020-01-01",
          "/admin/audit-log?from=x",
        ]) {
          await page.goto(path);
          await expectAccessible(page);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, path).toBeLessThanOrEqual(0);
        }
      });
    });
  }
}
