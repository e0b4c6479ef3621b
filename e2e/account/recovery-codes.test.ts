import { readFileSync } from "node:fs";
import { addApp, createCodes } from "../support/factors.js";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

test("recovery codes can be copied, downloaded and printed", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.addInitScript(() => {
    window.print = () => document.documentElement.setAttribute("data-printed", "");
  });
  await signUp(page);
  await addApp(page);
  const codes = await createCodes(page);
  expect(new Set(codes).size).toBe(10);

  await submit(page, "Copy");
  await expect(page.getByRole("button", { name: "Copied" })).toBeFocused();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join("\n"));

  const download = page.waitForEvent("download");
  await submit(page, "Download");
  expect((await download).suggestedFilename()).toBe("recovery-codes.txt");
  expect(readFileSync(await (await download).path(), "utf8")).toBe(`${codes.join("\n")}\n`);

  await submit(page, "Print");
  await expect(page.locator("html[data-printed]")).toHaveCount(1);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("list").filter({ hasText: codes[9] ?? "" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
  await expect(page.getByRole("navigation", { name: "Your account" })).toBeHidden();
});

test("a browser that refuses to copy says what to do", async ({ page }) => {
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
  });
  await signUp(page);
  await addApp(page);
  await createCodes(page);
  await submit(page, "Copy");
  await expect(page.getByRole("button", { name: "Select and copy by hand" })).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("recovery codes can be selected, and no button shows that cannot work", async ({ page }) => {
    await signUp(page);
    await addApp(page);
    const codes = await createCodes(page);
    for (const name of ["Copy", "Download", "Print"])
      await expect(page.getByRole("button", { name, exact: true })).toBeHidden();
    await page.getByText(codes[0] ?? "").click({ clickCount: 3 });
    expect(await page.evaluate(() => String(getSelection()).trim())).toBe(codes[0]);
  });
});
