import { expectAccessible } from "../support/accessibility.js";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user creates an API token, a client uses it, and the user revokes it", async ({ page, request }) => {
      const ada = await signUp(page);
      await page.goto("/account/api-tokens");
      await submit(page, "Create token");
      await expect(page.getByRole("alert")).toContainText("Enter what this token is for.");

      await page.getByLabel("Description").fill("Backup");
      await page.getByText("Read your account").click();
      await expect(page.getByLabel("Read your account")).toBeChecked();
      await page.getByLabel("Expires in").selectOption("30 days");
      await submit(page, "Create token");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your new token");
      const secret = await page.locator("#secret").innerText();
      await expect(page.getByRole("button", { name: "Copy token" })).toBeVisible({ visible: javaScriptEnabled });
      if (javaScriptEnabled) await expectAccessible(page);

      const headers = { authorization: `Bearer ${secret}` };
      const me = await request.get("/api/v1/users/me", { headers });
      expect((await me.json()).username).toBe(ada.username);

      await page.getByRole("link", { name: "Done, I've copied it" }).click();
      await expect(page.getByRole("listitem").filter({ hasText: "Backup" })).toContainText("Last used");
      await page.getByRole("button", { name: "Revoke" }).click();
      await expect(page.getByText("Token revoked.")).toBeVisible();
      expect((await request.get("/api/v1/users/me", { headers })).status()).toBe(401);
    });
  });
}
