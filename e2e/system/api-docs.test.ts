import { expectAccessible } from "../support/accessibility.js";
import { expect, test } from "../support/test.js";
import { signUp } from "../support/users.js";

test("a user logs in on the API page and reads their account with the new token", async ({ page }) => {
  const ada = await signUp(page);
  await page.goto("/apidocs#postAuthLogin");
  const login = page.locator("#postAuthLogin");
  await expect(login.getByRole("heading", { name: "Try it" })).toBeVisible();
  await expectAccessible(page);
  await login.getByLabel("Body").fill(JSON.stringify({ username: ada.username, password: ada.password }));
  await login.getByRole("button", { name: "Send" }).click();
  await expect(login.getByRole("status")).toContainText("200 OK");
  await expect(login.getByRole("status")).toContainText("access_token");

  const me = page.locator("#getUsersMe");
  await me.locator("summary").focus();
  await page.keyboard.press("Enter");
  await me.getByLabel("fields").fill("username");
  await page.keyboard.press("Enter");
  await expect(me.getByRole("status")).toContainText(`"username": "${ada.username}"`);
  const tag = /etag: (\S+)/.exec((await me.getByRole("status").textContent()) ?? "")?.[1] ?? "";
  await me.getByLabel("If-None-Match").fill(tag);
  await page.keyboard.press("Enter");
  await expect(me.getByRole("status")).toContainText("304");
  await expect(me.getByRole("status")).not.toHaveClass(/refused/);

  const write = page.locator("#postPosts");
  await write.locator("summary").click();
  await write.getByLabel("Body").fill('{"title": ""}');
  await write.getByRole("button", { name: "Send" }).click();
  await expect(write.getByRole("status")).toContainText("422");
  await expect(write.getByRole("status")).toContainText("#/title");
  await expectAccessible(page);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the API page fits on a phone, ${colorScheme} theme`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme });
    await page.goto("/apidocs#postPosts");
    await expect(page.locator("#postPosts").getByRole("button", { name: "Send" })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await expectAccessible(page);
  });
}

test("an API call without a token is anonymous, even with a session cookie", async ({ page }) => {
  await signUp(page);
  await page.goto("/apidocs#getUsersMe");
  await page.locator("#getUsersMe").getByRole("button", { name: "Send" }).click();
  await expect(page.locator("#getUsersMe").getByRole("status")).toContainText("401");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the API page is readable and offers no forms", async ({ page }) => {
    await page.goto("/apidocs");
    await page.locator("#getPosts summary").click();
    await expect(page.locator("#getPosts")).toContainText("curl");
    await expect(page.getByRole("button", { name: "Send" })).toHaveCount(0);
    await expect(page.getByLabel("Your token")).toBeHidden();
  });
});
