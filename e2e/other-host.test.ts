import { expect, test } from "playwright/test";

test("a page that is opened under another host says where its forms work", async ({ page, baseURL }) => {
  const { port, origin } = new URL(String(baseURL));
  await page.goto(`http://other.localhost:${port}/login`);
  const notice = page.getByRole("status").filter({ hasText: "You opened this site as" });
  await expect(notice).toContainText(`other.localhost:${port}`);
  await notice.getByRole("link", { name: origin }).click();
  await expect(page).toHaveURL(`${origin}/login`);
  await expect(page.getByText("You opened this site as")).toHaveCount(0);
});
