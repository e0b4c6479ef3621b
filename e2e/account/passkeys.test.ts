import { addAuthenticator, addPasskey, withoutAutofill } from "../support/passkeys.js";
import { expect, test } from "../support/test.js";
import { logIn, logOut, newUser, signUp, submit } from "../support/users.js";

const status = "[data-passkey-status]";

test("after a new username, the browser shows it with the passkey", async ({ page }) => {
  const ada = await signUp(page);
  const reader = await addAuthenticator(page);
  await addPasskey(page);
  const names = async () => (await reader.list()).map(({ userName, userDisplayName }) => [userName, userDisplayName]);
  expect(await names()).toEqual([[ada.username, ada.username]]);
  const { username } = newUser("grace");
  await page.goto("/account/profile");
  await page.getByLabel("Username").fill(username);
  await submit(page, "Save profile");
  await expect(page.getByText("Profile saved.")).toBeVisible();
  await expect.poll(names).toEqual([[username, username]]);
});

test("a user has two passkeys, logs in with each, and removes one", async ({ page }) => {
  test.slow();
  await withoutAutofill(page);
  await signUp(page);
  const laptop = await addAuthenticator(page);
  await addPasskey(page, "Laptop");
  await laptop.touch(false);
  const key = await addAuthenticator(page, { transport: "usb" });
  await addPasskey(page, "Key on my keyring");
  const list = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: /^Remove/ }) });
  await page.goto("/account/passkeys");
  await expect(list.filter({ hasText: "Laptop" })).toContainText("Phone, computer or password manager");
  await expect(list.filter({ hasText: "Key on my keyring" })).toContainText("Security key");

  for (const device of [laptop, key]) {
    await Promise.all([laptop, key].map((one) => one.touch(one === device)));
    await logOut(page);
    await page.goto("/login");
    await submit(page, "Log in with a passkey");
    await expect(page).toHaveURL("/dashboard");
  }

  await page.goto("/account/passkeys");
  await list.filter({ hasText: "Laptop" }).getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Passkey removed.")).toBeVisible();
  await expect(list).toHaveCount(1);
  await expect.poll(laptop.count, "the browser forgets it").toBe(0);
  await logOut(page);
  await page.goto("/login");
  await submit(page, "Log in with a passkey");
  await expect(page).toHaveURL("/dashboard");
});

test("a key without a PIN cannot log in alone, but it is a second factor", async ({ page, anotherDevice }) => {
  const ada = await signUp(page);
  const reader = await addAuthenticator(page, { transport: "usb" });
  await addPasskey(page, "My key");
  const [passkey] = await reader.list();
  if (!passkey) throw new Error("the passkey was not stored");

  const phone = await anotherDevice();
  const key = await addAuthenticator(phone, { transport: "usb", hasPin: false });
  await key.store(passkey);
  await phone.goto("/login");
  await submit(phone, "Log in with a passkey");
  await expect(phone.locator(status)).toContainText(
    "If your security key has no PIN, log in with your password first.",
  );
  await logIn(phone, ada);
  await expect(phone).toHaveURL("/login/second-factor");
  await submit(phone, "Use a passkey");
  await expect(phone).toHaveURL("/dashboard");
});

test("a key without a PIN cannot be added, and the page says why", async ({ page }) => {
  await signUp(page);
  await addAuthenticator(page, { transport: "usb", hasPin: false });
  await page.goto("/account/passkeys");
  await page.getByRole("textbox", { name: /^Name/ }).fill("My key");
  await submit(page, "Add a passkey");
  await expect(page.locator(status)).toContainText("Your device must ask for a PIN, a fingerprint or your face.");
  await expect(page.getByRole("textbox", { name: /^Name/ }), "nothing is lost").toHaveValue("My key");
});
