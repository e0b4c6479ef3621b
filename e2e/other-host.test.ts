import { expect, test } from "playwright/test";

const notice = "You opened this site at";

test("a page opened under another host name shows the address where its forms work", async ({ page, baseURL }) => {
  const { port, origin } = new URL(String(baseURL));
  await page.goto(`http://other.localhost:${port}/login`);
  const shown = page.getByRole("status").filter({ hasText: notice });
  await expect(shown).toContainText(`other.localhost:${port}`);
  await shown.getByRole("link", { name: origin }).click();
  await expect(page).toHaveURL(`${origin}/login`);
  await expect(page.getByText(notice)).toHaveCount(0);
});

test("behind a proxy that changes the Host header, the correct address shows no warning", async ({ page }) => {
  await page.route("**/login", async (route) => {
    const headers = { ...route.request().headers(), host: "app.internal:3000" };
    await route.fulfill({ response: await route.fetch({ headers }) });
  });
  await page.goto("/login", { waitUntil: "networkidle" });
  await expect(page.locator("[data-other-host]")).toHaveCount(1);
  await expect(page.getByText(notice)).toBeHidden();
});

test("without JavaScript, pages show no warning about the host name", async ({ browser, baseURL }) => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(`http://other.localhost:${new URL(String(baseURL)).port}/login`);
  await expect(page.locator("[data-other-host]")).toHaveCount(1);
  await expect(page.getByText(notice)).toBeHidden();
  await page.close();
});
