import { followLink, linkIn, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { confirmation, fillRegistration, logIn, newUser, register, signUp, submit } from "../support/users.js";

const NOT_FOUND = 404;

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user registers on the desktop, reads the email on the phone, and confirms there", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await register(page);
      await expect(page.getByText(`open the link we've emailed to ${ada.email}`)).toBeVisible();

      const phone = await anotherDevice();
      const mail = phone.getByRole("listitem").filter({ hasText: ada.email });
      await expect(async () => {
        await phone.goto("/dev/mailbox");
        await expect(mail).toHaveCount(1, { timeout: 500 });
      }).toPass();
      await mail.getByRole("link", { name: "Confirm your email address" }).click();
      await phone.getByRole("region", { name: "As text" }).getByRole("link").click();
      await expect(phone.getByText(`The account ${ada.username} was created with ${ada.email}`)).toBeVisible();
      await phone.getByLabel("Password", { exact: true }).fill("not the password");
      await submit(phone, "Confirm email address");
      await expect(phone.getByText("Incorrect password").first()).toBeVisible();
      await phone.getByLabel("Password", { exact: true }).fill(ada.password);
      await submit(phone, "Confirm email address");
      await expect(phone).toHaveURL("/dashboard");
      await expect(phone.getByText("Your email address is confirmed")).toBeVisible();

      await page.goto("/dashboard");
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(page, ada);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
    });

    test("a user can correct a mistyped email on the page after registration and keeps the username", async ({
      page,
    }) => {
      const ada = newUser();
      await register(page, { ...ada, email: `x${ada.email}` });
      await expect(page.getByRole("strong").filter({ hasText: `x${ada.email}` })).toBeVisible();
      await expect(page.getByLabel("Email")).toBeHidden();
      await page.getByText("Wrong address? Change it").click();
      await page.getByLabel("Email").fill("ada at example.org");
      await submit(page, "Change address");
      await page.getByRole("link", { name: "Enter a valid email address" }).click();
      await expect(page.getByLabel("Email")).toBeFocused();
      await page.getByLabel("Email").fill(ada.email);
      await submit(page, "Change address");
      await expect(page.getByRole("strong").filter({ hasText: ada.email })).toBeVisible();
      await followLink(page, ada.email, confirmation);
      await submit(page, "Confirm email address");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
    });

    test("a user can go back to the registration form and correct the email there", async ({ page }) => {
      const ada = newUser();
      await register(page, { ...ada, email: `x${ada.email}` });
      await page.goBack();
      await fillRegistration(page, ada);
      await submit(page, "Create account");
      await expect(page.getByRole("strong").filter({ hasText: ada.email })).toBeVisible();
      await followLink(page, ada.email, confirmation);
      await submit(page, "Confirm email address");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
    });

    test("correcting a mistyped email makes the link to the old email invalid", async ({ page, anotherDevice }) => {
      const ada = newUser();
      const mistyped = { ...ada, email: `x${ada.email}` };
      await register(page, mistyped);
      const stranger = linkIn(await mailAbout(page, mistyped.email, confirmation.about), confirmation.path);

      await page.goto("/posts/new");
      await logIn(page, { email: ada.username, password: ada.password });
      await expect(page).toHaveURL("/email-confirmation");
      await page.getByText("Wrong address? Change it").click();
      await page.getByLabel("Email").fill(ada.email);
      await submit(page, "Change address");
      await expect(page.getByText(`We've sent an email to ${ada.email}`)).toBeVisible();

      const elsewhere = await anotherDevice();
      expect((await elsewhere.goto(stranger))?.status()).toBe(NOT_FOUND);
      await followLink(page, ada.email, confirmation);
      await submit(page, "Confirm email address");
      await expect(page).toHaveURL("/dashboard");
    });
  });
}

test("opening the confirmation link changes nothing; its button works once", async ({ page, anotherDevice }) => {
  const ada = await register(page);
  await followLink(page, ada.email, confirmation);
  const link = page.url();
  await page.reload();
  await submit(page, "Confirm email address");
  await expect(page).toHaveURL("/dashboard");

  await page.goBack();
  await expect(page.getByRole("button", { name: "Confirm email address" })).toHaveCount(0);
  const other = await anotherDevice();
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Your email address is confirmed");
  await other.getByRole("link", { name: "Log in" }).last().click();
  await expect(other).toHaveURL("/login");
});

test("if a stranger registered an email, its owner can take over the account with a new password", async ({
  page,
  anotherDevice,
}) => {
  const eve = await register(page);
  const owner = await anotherDevice();
  await followLink(owner, eve.email, confirmation);
  await owner.getByLabel("New password").fill("harbour violin copper");
  await submit(owner, "Confirm with a new password");
  await expect(owner).toHaveURL("/dashboard");

  await page.goto("/login");
  await logIn(page, { email: eve.username, password: eve.password });
  await expect(page.getByText("Incorrect email, username or password").first()).toBeVisible();
  await page.goto("/dashboard");
  await expect(page).toHaveURL("/login");
});

test("registering with a taken email reveals nothing; its owner gets an email", async ({ page, anotherDevice }) => {
  const ada = await signUp(page);
  const eve = await anotherDevice();
  await eve.goto("/register");
  await fillRegistration(eve, { ...newUser("eve"), email: ada.email });
  await submit(eve, "Create account");
  await expect(eve).toHaveURL("/email-confirmation");
  const shown = (await eve.locator("html").innerText()).replaceAll(ada.email, ""); // Eve typed this email herself
  expect(shown).not.toContain(ada.username);
  const mail = await mailAbout(page, ada.email, /already have an account/);
  expect(mail.text).toContain(ada.username);
});
