import { expect, type Page } from "playwright/test";
import { submit } from "./users.js";

export type Readers = "Everyone" | "Logged-in users" | "Draft";
export type Draft = { title: string; body: string; readers?: Readers };

/** Chooses who may read the post, by clicking the label as users do. */
export async function chooseReaders(page: Page, readers: Readers) {
  await page.getByRole("group", { name: "Who can read this?" }).getByText(readers, { exact: true }).click();
  await expect(page.getByRole("radio", { name: readers })).toBeChecked();
}

/** Writes a post as the logged-in user and stays on its page. @returns the path of the post */
export async function writePost(page: Page, { title, body, readers = "Everyone" }: Draft): Promise<string> {
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Text", { exact: true }).fill(body);
  await chooseReaders(page, readers);
  await submit(page, "Save post");
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  return new URL(page.url()).pathname;
}
