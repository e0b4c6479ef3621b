import type { Page } from "playwright/test";
import { followLink } from "../support/mailbox.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { logIn, newUser, signUp, submit } from "../support/users.js";

const NOT_FOUND = 404;
const invitation = { about: /You are invited/, path: "/invitations/" };

/** Invites an editor on the invitations page, and checks that the page lists the invitation. */
async function inviteEditor(page: Page, email: string) {
  await page.goto("/admin/invitations");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("group", { name: "Role" }).getByText("Editor", { exact: true }).click();
  await submit(page, "Send invitation");
  await expect(page.getByText(`Invitation sent to ${email}`)).toBeVisible();
  await expect(findEntry(page, email)).toContainText("Pending");
}

const findEntry = (page: Page, email: string) => page.getByRole("listitem").filter({ hasText: email });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an admin invites an editor, who registers through the link", async ({ page, anotherDevice }) => {
      const ada = await signUp(page);
      await giveRole(ada, "admin");
      const eda = newUser("eda");
      await inviteEditor(page, eda.email);

      const phone = await anotherDevice();
      await followLink(phone, eda.email, invitation);
      await expect(phone.getByText(`${ada.username} has invited ${eda.email}`)).toBeVisible();
      await phone.getByLabel("Username").fill(ada.username);
      await phone.getByLabel("Password", { exact: true }).fill(eda.password);
      await submit(phone, "Create account");
      await expect(phone.getByRole("alert", { name: "There is a problem" })).toContainText("This username is taken");
      await phone.getByLabel("Username").fill(eda.username);
      await phone.getByLabel("Password", { exact: true }).fill(eda.password);
      await submit(phone, "Create account");
      await expect(phone).toHaveURL("/dashboard");
      await expect(phone.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${eda.username}`);

      await page.reload();
      await expect(findEntry(page, eda.email)).toContainText("Accepted");
      await expect(findEntry(page, eda.email)).toContainText(eda.username);
    });

    test("an invited user with an account logs in and accepts with one button", async ({ page, anotherDevice }) => {
      const ada = await signUp(page);
      await giveRole(ada, "admin");
      const phone = await anotherDevice();
      const bob = await signUp(phone, newUser("bob"));
      await inviteEditor(page, bob.email);

      const desk = await anotherDevice();
      await followLink(desk, bob.email, invitation);
      await desk.getByRole("main").getByRole("link", { name: "Log in" }).click();
      await logIn(desk, bob);
      await expect(desk).toHaveURL(/\/invitations\//);
      await submit(desk, "Accept invitation");
      await expect(desk).toHaveURL("/dashboard");
      await expect(desk.getByText("You've accepted the invitation")).toBeVisible();
    });
  });
}

test("an invitation opened while logged in as someone else shows who is logged in; a revoked one is invalid", async ({
  page,
  anotherDevice,
}) => {
  const ada = await signUp(page);
  await giveRole(ada, "admin");
  const { email } = newUser("eda");
  await inviteEditor(page, email);

  const phone = await anotherDevice();
  const bob = await signUp(phone, newUser("bob"));
  await followLink(phone, email, invitation);
  await expect(phone.getByText(`You're logged in as ${bob.username}`)).toBeVisible();
  const link = phone.url();

  await findEntry(page, email).getByRole("button", { name: "Cancel invitation" }).click();
  await expect(findEntry(page, email)).toContainText("Cancelled");
  expect((await phone.goto(link))?.status()).toBe(NOT_FOUND);
  await expect(phone.getByRole("heading", { level: 1 })).toHaveText("This link is no longer valid");
});
