// Takes the pictures in docs/screenshots: `npm run screenshots`. `npm test` does not run it, because it tests nothing.
import { type Page, test } from "playwright/test";
import { mailAbout } from "./support/mailbox.js";
import { writePost } from "./support/posts.js";
import { giveRole } from "./support/roles.js";
import { fillRegistration, logIn, newUser, signUp, submit } from "./support/users.js";

const desktop = { width: 1120, height: 760 };
const phone = { width: 390, height: 780 };

const ada = { ...newUser(), username: "ada", email: "ada@example.org" };

const lantern = `A lantern does not light the whole road. It lights **the next few steps**, which is all that walking needs.

> Whoever carries the light sees least of it.

## What to carry

- a wick, trimmed short
- oil for one night more than you plan
- a story, for when it goes out`;

test.use({ viewport: desktop, contextOptions: { reducedMotion: "reduce" } });

test("the screenshots of the main pages are saved", async ({ page, browser }) => {
  await fill(page, await browser.newContext().then((context) => context.newPage()));
  const post = await writePost(page, { title: "Carrying a lantern", body: lantern });
  await draw(page, "post", post);
  await page.setViewportSize(phone);
  await draw(page, "post-phone", post);
  await page.setViewportSize(desktop);
  await draw(page, "dashboard", "/dashboard");
  await drawAccount(page, await browser.newContext().then((context) => context.newPage()));
  await draw(page, "editor", `${post.split("/").slice(0, 3).join("/")}/edit`);
  await page.emulateMedia({ colorScheme: "dark" });
  await draw(page, "dashboard-dark", "/dashboard");
  await submit(page, "Log out");
  await draw(page, "home-dark", "/");
  await page.emulateMedia({ colorScheme: "light" });
  await draw(page, "home", "/");
  await page.setViewportSize({ width: desktop.width, height: 1080 });
  await page.goto("/register");
  await fillRegistration(page, { username: "Ada", email: "ada@example", password: "password1234" });
  await submit(page, "Create account");
  await page.getByRole("alert", { name: "There is a problem" }).waitFor();
  await page.waitForLoadState();
  await page.screenshot({ path: "docs/screenshots/register-errors.png" });
  await page.setViewportSize(phone);
  await draw(page, "home-phone", "/");
  await page.setViewportSize(desktop);
  await draw(page, "api", "/apidocs#postAuthLogin");
  await drawAdmin(page);
});

/** Takes the user list, with some unconfirmed registrations, and the page of one user. */
async function drawAdmin(page: Page) {
  for (const username of ["barbara", "katherine", "margaret"]) {
    const data = { username, email: `${username}@example.org`, password: ada.password };
    await page.request.post("/api/v1/auth/register", { data });
  }
  await giveRole(ada, "admin");
  await logIn(page, ada);
  await draw(page, "admin-users", "/admin/users");
  await page.getByRole("link", { name: "grace", exact: true }).last().click();
  await page.getByRole("heading", { level: 1, name: "grace" }).waitFor();
  await page.screenshot({ path: "docs/screenshots/admin-user.png" });
}

/** Takes the list of two devices, one of them with a name, the email about the second one, and the deletion page. */
async function drawAccount(page: Page, other: Page) {
  await logIn(other, ada);
  await page.goto("/account/sessions");
  await page.getByRole("link", { name: "Name this device" }).last().click();
  await page.getByLabel("Name").fill("Home laptop");
  await submit(page, "Save name");
  await draw(page, "devices", "/account/sessions");
  await draw(page, "deletion", "/account/deletion");
  await page.setViewportSize({ width: desktop.width, height: 1000 });
  await draw(page, "mail", `/dev/mailbox/${(await mailAbout(page, ada.email, /new device/)).id}`);
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await draw(page, "devices-phone", "/account/sessions");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
}

/** Creates two users with posts, so that no list is empty. */
async function fill(page: Page, other: Page) {
  await signUp(other, { ...newUser(), username: "grace", email: "grace@example.org" });
  await writePost(other, {
    title: "Notes from the long wall",
    body: "Limestone keeps the warmth of the day until about ten.",
  });
  await writePost(other, { title: "Who oils the hinges?", body: "Members, it turns out, in alphabetical order." });
  await signUp(page, ada);
  await writePost(page, { title: "A list of gates I like", body: "Unfinished.", readers: "Draft" });
  await writePost(page, {
    title: "Meeting on Thursday",
    body: "Bring the key and a chair.",
    readers: "Logged-in users",
  });
}

async function draw(page: Page, name: string, path: string) {
  await page.goto(path);
  await page.screenshot({ path: `docs/screenshots/${name}.png` });
}
