import type { Page } from "playwright/test";
import { expectAccessible } from "./support/accessibility.js";
import { tabTo } from "./support/keyboard.js";
import { giveRole } from "./support/roles.js";
import { expect, test } from "./support/test.js";
import { logIn, newUser, type Person, signUp, submit } from "./support/users.js";

const warning = (page: Page) => page.getByRole("alertdialog", { name: "Are you still there?" });
const over = (page: Page) => page.getByRole("alertdialog", { name: "You've been logged out" });
const title = "A long evening";
const text = "Word by word.";

/** Opens the form for a post and types a title, as a user whose browser has a clock that the test sets. */
async function openEditor(page: Page): Promise<Person> {
  const ada = await signUp(page);
  await page.clock.install();
  await page.goto("/posts/new");
  await page.getByLabel("Title").fill(title);
  return ada;
}

/** Logs in on the page that answers the form, finds the text in the form again, and saves the post. */
async function saveAfterLogin(page: Page, { username, password }: Person) {
  await expect(page.getByRole("alert")).toContainText("You are logged out");
  await page.getByLabel("Email or username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await submit(page, "Log in");
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await expect(page.getByLabel("Text", { exact: true })).toHaveValue(text);
  await submit(page, "Save post");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
}

test("a warning appears two minutes before the session ends, and one press keeps it", async ({ page }) => {
  await openEditor(page);
  await page.clock.fastForward("27:30");
  await expect(warning(page)).toBeHidden();
  await page.clock.fastForward("01:00");
  await expect(warning(page)).toContainText(/You'll be logged out at \d/);
  await expect(page).toHaveTitle(/^Are you still there\?/);
  await expect(page.getByRole("button", { name: "Stay logged in" })).toBeFocused();
  await expectAccessible(page);
  const asked = page.waitForResponse("/session");
  await submit(page, "Stay logged in");
  expect((await asked).status()).toBe(200);
  await expect(warning(page)).toBeHidden();
  await expect(page).toHaveTitle(/^New post/);
  await expect(page.getByLabel("Title"), "the focus returns").toBeFocused();
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await page.clock.fastForward("27:30");
  await expect(warning(page)).toBeHidden();
  await page.clock.fastForward("01:00");
  await expect(warning(page)).toBeVisible();
});

test("the warning itself does not keep the session alive", async ({ page }) => {
  await openEditor(page);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.clock.fastForward("28:30");
  await expect(warning(page)).toBeVisible();
  await page.clock.runFor("00:20");
  await page.clock.fastForward("02:00");
  await expect(over(page)).toBeVisible();
  expect(requests).toEqual([]);
});

test("the warning works with the keyboard only, and Escape keeps the session", async ({ page }) => {
  await openEditor(page);
  await page.clock.fastForward("28:30");
  await expect(warning(page)).toBeVisible();
  await tabTo(page, warning(page).getByRole("button", { name: "Log out" }));
  await tabTo(page, page.getByRole("button", { name: "Stay logged in" }));
  await page.keyboard.press("Enter");
  await expect(warning(page)).toBeHidden();
  await page.clock.fastForward("28:30");
  await expect(warning(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(warning(page)).toBeHidden();
  await page.clock.fastForward("28:30");
  await tabTo(page, warning(page).getByRole("button", { name: "Log out" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText("You are logged out.")).toBeVisible();
  expect(await page.evaluate(() => localStorage.length), "nothing is left in the browser").toBe(0);
});

test("screen readers hear how much time is left, but not every second", async ({ page }) => {
  await openEditor(page);
  await page.clock.fastForward("28:30");
  const said = warning(page).getByRole("status");
  await expect(said).toBeEmpty();
  await page.clock.fastForward("00:35");
  await expect(said).toHaveText("1 minute left.");
  await page.clock.fastForward("00:30");
  await expect(said).toHaveText("30 seconds left.");
});

test("without a connection, the warning says so and stays", async ({ page, context }) => {
  await openEditor(page);
  await page.clock.fastForward("28:30");
  await page.route("/session", (route) => route.fulfill({ status: 429 }));
  await submit(page, "Stay logged in");
  await expect(warning(page).getByRole("alert")).toContainText("That didn't work");
  await page.unroute("/session");
  await context.clearCookies({ name: "sid" });
  await submit(page, "Stay logged in");
  await expect(over(page), "the session had ended on the server").toBeVisible();
});

test("after the session has ended, what was typed stays, and sending it leads through the login", async ({ page }) => {
  const ada = await openEditor(page);
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.clock.fastForward("31:00");
  await expect(over(page)).toContainText("What you've typed is still on this page");
  await expectAccessible(page);
  await page.context().clearCookies({ name: "sid" });
  await submit(page, "Back to the page");
  await expect(page.getByRole("status").filter({ hasText: "Your session has ended" })).toBeVisible();
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await submit(page, "Save post");
  await saveAfterLogin(page, ada);
});

test("a computer that slept past the end says at once that the session has ended", async ({ page }) => {
  await openEditor(page);
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.clock.setSystemTime(Date.now() + 8 * 3_600_000);
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(over(page)).toBeVisible();
});

test("activity in one tab counts in all of them", async ({ page, context }) => {
  await openEditor(page);
  const other = await context.newPage();
  await other.goto("/dashboard");
  await page.clock.fastForward("28:30");
  await expect(warning(page)).toBeVisible();
  await expect(warning(other)).toBeVisible();
  await submit(other, "Stay logged in");
  await expect(warning(other)).toBeHidden();
  await expect(warning(page)).toBeHidden();
  await page.clock.fastForward("20:00");
  await other.goto("/posts");
  await page.clock.fastForward("20:00");
  await expect(warning(page), "the other tab opened a page").toBeHidden();
  await page.clock.fastForward("08:30");
  await expect(warning(page)).toBeVisible();
});

test("the end that can't be extended is announced five minutes before", async ({ page }) => {
  await openEditor(page);
  await page.evaluate(() => {
    const { idle, own } = JSON.parse(localStorage.getItem("session") ?? "{}");
    localStorage.setItem("session", JSON.stringify({ idle, own: own - 11.75 * 3_600_000 })); // another tab of an old login
    window.dispatchEvent(new Event("focus"));
  });
  await page.clock.fastForward("09:00");
  const limit = page.getByRole("alertdialog", { name: "You'll be logged out soon" });
  await expect(limit).toBeHidden();
  await page.clock.fastForward("01:30");
  await expect(limit).toContainText("12 hours after you logged in. This can't be extended");
  await expect(page.getByRole("button", { name: "Stay logged in" })).toBeHidden();
  await expectAccessible(page);
  await submit(page, "Continue");
  await expect(limit).toBeHidden();
  await page.clock.runFor("00:05");
  await expect(limit, "it was read").toBeHidden();
  await page.clock.fastForward("05:00");
  await expect(over(page)).toBeVisible();
});

test("an admin who acts as another user is warned before that ends", async ({ page, anotherDevice }) => {
  const ada = await signUp(await anotherDevice());
  const admin = await signUp(page, newUser("admin"));
  await giveRole(admin, "admin");
  await page.goto(`/admin/users?q=${ada.username}`);
  await page.getByRole("link", { name: ada.username, exact: true }).click();
  await page.getByRole("link", { name: `Act as ${ada.username}` }).click();
  await page.getByLabel("Reason").fill("Her drafts are not to be found.");
  await submit(page, `Act as ${ada.username}`);
  await page.clock.install();
  await page.goto("/posts/new");
  await page.clock.fastForward("26:00");
  const limit = page.getByRole("alertdialog", { name: `Acting as ${ada.username} ends soon` });
  await expect(limit).toContainText("30 minutes after it began");
  await expect(limit.getByRole("button", { name: "Log out" })).toHaveCount(0);
  await submit(page, "Continue");
  await page.clock.fastForward("05:00");
  await expect(page.getByRole("alertdialog", { name: `You're no longer acting as ${ada.username}` })).toBeVisible();
  await expectAccessible(page);
});

test("a remembered browser gets no warning", async ({ page }) => {
  const ada = await signUp(page);
  await submit(page, "Log out");
  await page.goto("/login");
  await page.getByLabel("Keep me logged in for 30 days").check();
  await logIn(page, ada);
  await page.clock.install();
  await page.goto("/posts/new");
  await page.clock.fastForward("45:00");
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await page.context().clearCookies({ name: "sid" });
  await page.goto("/dashboard");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Hello");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a page says how long a session lasts, and a post that is sent too late is kept through the login", async ({
    page,
    anotherDevice,
  }) => {
    const ada = await signUp(page);
    await page.goto("/posts/new");
    await expect(page.getByRole("contentinfo")).toContainText("You're logged out after 30 minutes without activity");
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Text", { exact: true }).fill(text);
    const phone = await anotherDevice();
    await logIn(phone, ada);
    await phone.goto("/account/sessions");
    await submit(phone, "Log out all other devices");
    await submit(page, "Save post");
    await saveAfterLogin(page, ada);
  });
});
