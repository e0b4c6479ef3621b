import { readFileSync } from "node:fs";
import type { Page } from "playwright/test";
import { unzipped } from "../../test/support/zips.js";
import { followLink } from "../support/mailbox.js";
import { writePost } from "../support/posts.js";
import { expect, test } from "../support/test.js";
import { signUp, submit } from "../support/users.js";

test("a user downloads their data as ZIP and as JSON", async ({ page }) => {
  const ada = await signUp(page);
  await writePost(page, { title: "To take along", body: "In **my** words." });
  await page.goto("/account/profile");
  await page
    .getByRole("navigation", { name: "Your account" })
    .getByRole("link", { name: "Download your data" })
    .click();
  await submit(page, "Prepare my data");
  await followLink(page, ada.email, { about: /Your data is ready/, path: "/account/export" });

  const files = await unzipped(readFileSync(await fetched(page, /Download ZIP/)));
  const post = [...files].find(([name]) => /to-take-along.*\.md$/.test(name));
  expect(post?.[1]).toContain("In **my** words.");
  const data = JSON.parse(readFileSync(await fetched(page, /Download JSON/), "utf8"));
  expect(JSON.stringify(data)).toContain(ada.email);
  expect(JSON.stringify([...files, data])).not.toMatch(/\$2b\$|passwordHash|sessionEpoch/);
});

/** Clicks a download link. @returns the path of the downloaded file */
async function fetched(page: Page, link: RegExp): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: link }).click();
  return (await download).path();
}
