import { expect, test } from "./support/test.js";
import { signUp, submit } from "./support/users.js";

const title = "A long evening";
const text = "Word by word.\n\nAnd not lost.";

test("a form sent after a logout in another tab keeps its text through the login", async ({ page, context }) => {
  const ada = await signUp(page);
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.getByText("Draft", { exact: true }).click();
  const other = await context.newPage();
  await other.goto("/dashboard");
  await submit(other, "Log out");
  await expect(other.getByText("You are logged out.")).toBeVisible();

  await submit(page, "Save post");
  await expect(page.getByRole("alert")).toContainText("You are logged out");
  await page.getByLabel("Email or username").fill(ada.username);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await submit(page, "Log in");
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await expect(page.getByLabel("Text", { exact: true })).toHaveValue(text);
  await expect(page.getByLabel("Draft")).toBeChecked();
  await submit(page, "Save post");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.goto("/posts/new");
  await expect(page.getByText("You have unsaved changes from earlier")).toHaveCount(0);
});

test("a form can be sent again if its request was stopped", async ({ page }) => {
  await signUp(page);
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.route("**/posts", (route) => (route.request().method() === "POST" ? undefined : route.continue()));
  // This is one script, because the driver would wait for the request in progress.
  const disabled = await page.evaluate(async () => {
    const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Save post");
    const seen: (string | null | undefined)[] = [];
    const look = async () => {
      await new Promise((later) => setTimeout(later, 500));
      seen.push(button?.getAttribute("aria-disabled"));
    };
    button?.click();
    await look();
    window.stop();
    await look();
    return seen;
  });
  expect(disabled).toEqual(["true", null]);
  await page.unroute("**/posts");
  await submit(page, "Save post");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
});

test("leaving a page after a change in a select field asks for confirmation", async ({ page }) => {
  await signUp(page);
  await page.goto("/account/profile");
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  page.once("dialog", (dialog) => dialog.dismiss());
  const asked = page.waitForEvent("dialog");
  await page.getByRole("link", { name: "Dashboard" }).first().click({ noWaitAfter: true });
  expect((await asked).type()).toBe("beforeunload");
  await expect(page).toHaveURL("/account/profile");
});

test("unsaved text is offered again in the same tab and restored on request", async ({ page }) => {
  await signUp(page);
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  await expect.poll(() => page.evaluate(() => Object.values(sessionStorage).join())).toContain(title);
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByLabel("Title")).toHaveValue(title);
});
