import type { Page } from "playwright/test";
import { expectAccessible } from "../support/accessibility.js";
import { followLink } from "../support/mailbox.js";
import { giveRole } from "../support/roles.js";
import { expect, test } from "../support/test.js";
import { confirmation, logIn, logOut, newUser, type Person, signUp, submit } from "../support/users.js";

/** Creates an account through the API as an admin, with a password that its user must replace. */
async function createAccount(page: Page, admin: Person): Promise<Person> {
  const eve = newUser("eve");
  const { username, password } = admin;
  const login = await page.request.post("/api/v1/auth/login", { data: { username, password } });
  const headers = { authorization: `Bearer ${(await login.json()).access_token}` };
  const data = { ...eve, mustChangePassword: true };
  expect((await page.request.post("/api/v1/users", { headers, data })).status()).toBe(201);
  return eve;
}

test("a user whose password an admin chose replaces it before anything else", async ({ page, anotherDevice }) => {
  const admin = await signUp(page);
  await giveRole(admin, "superadmin");
  const eve = await createAccount(page, admin);
  const device = await anotherDevice();
  await followLink(device, eve.email, confirmation);
  await device.getByLabel("Password", { exact: true }).fill(eve.password);
  await submit(device, "Confirm email address");
  await expect(device).toHaveURL("/account/password");
  await expect(device.getByRole("heading", { level: 1 })).toHaveText("Choose your own password");
  await expect(device.getByText("An admin chose the current password of your account.")).toBeVisible();
  await expectAccessible(device);
  await logOut(device);

  await logIn(device, eve);
  await expect(device).toHaveURL("/account/password");
  await device.goto("/posts");
  await expect(device).toHaveURL("/account/password");
  const current = device.getByLabel("Current password", { exact: true });
  const fresh = device.getByLabel("New password", { exact: true });
  await current.fill(eve.password);
  await fresh.fill(eve.password);
  await submit(device, "Change password");
  await expect(fresh).toHaveAccessibleDescription(/different from your current one/);
  await page.goto(`/admin/users?q=${eve.username}`);
  await page.getByRole("link", { name: eve.username, exact: true }).last().click();
  await expect(page.getByText("must be changed after the next login")).toBeVisible();

  await current.fill(eve.password);
  await fresh.fill(newUser().password);
  await submit(device, "Change password");
  await expect(device).toHaveURL("/dashboard");
  await expect(device.getByText("Password changed.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("must be changed after the next login")).toBeHidden();
});
