import type { Page } from "playwright/test";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

async function tell(page: Page) {
  await page.goto("/account/profile");
  await page.getByLabel("First name").fill("Ada");
  await page.getByLabel("Last name").fill("Lovelace");
  await page.getByRole("textbox", { name: "Phone number" }).fill("030 1234567");
  await page.getByRole("textbox", { name: "City" }).fill("Berlin");
  await page.getByRole("combobox", { name: "Country" }).selectOption("DE");
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  await page.getByLabel("Show my name on my profile").check();
  await page.getByLabel("Show my city, region and country on my profile").check();
  await submit(page, "Save profile");
  await expect(page.getByText("Profile saved.")).toBeVisible();
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user fills in the profile and chooses what everyone may see", async ({ page, anotherDevice }) => {
      const { username } = await signUp(page);
      await tell(page);
      await expect(page.getByRole("textbox", { name: "Phone number" })).toHaveValue("+49 30 1234567");

      const stranger = await anotherDevice();
      await stranger.goto(`/users/${username}`);
      await expect(stranger.getByText("Ada Lovelace")).toBeVisible();
      await expect(stranger.getByText("Berlin, Germany")).toBeVisible();
      await expect(stranger.getByText("1234567")).toHaveCount(0);

      await page.getByLabel("Show my name on my profile").uncheck();
      await page.getByLabel("Show my phone number on my profile").check();
      await submit(page, "Save profile");
      await stranger.reload();
      await expect(stranger.getByText("Ada Lovelace")).toHaveCount(0);
      await expect(stranger.getByRole("link", { name: "+49 30 1234567" })).toBeVisible();
    });

    test("errors in the profile form appear at their fields, and no input is lost", async ({ page }) => {
      await signUp(page);
      await page.goto("/account/profile");
      await page.getByLabel("First name").fill("Grace");
      await page.getByRole("textbox", { name: "Phone number" }).fill("12");
      await submit(page, "Save profile");
      await expect(page.getByRole("alert", { name: "There is a problem" })).toBeVisible();
      await expect(page.locator("#phone-error")).toContainText("with its country");
      await expect(page.getByLabel("First name")).toHaveValue("Grace");
    });
  });
}
