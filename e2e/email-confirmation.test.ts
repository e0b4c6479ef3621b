import { followLink, linkIn, mailAbout } from "./support/mailbox.js";
import { confirmation, fillRegistration, logIn, newUser, register, signUp, submit } from "./support/people.js";
import { expect, test } from "./support/test.js";

const NOT_FOUND = 404;

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("one signs up at the desk and confirms on the phone, where the mail is", async ({ page, anotherDevice }) => {
      const ada = await register(page);
      await expect(page.getByText("Look into your mailbox")).toBeVisible();

      const phone = await anotherDevice();
      const mail = phone.getByRole("listitem").filter({ hasText: ada.email });
      await expect(async () => {
        await phone.goto("/dev/mailbox");
        await expect(mail).toHaveCount(1, { timeout: 500 });
      }).toPass();
      await mail.getByRole("link", { name: "Confirm your address" }).click();
      await phone.getByRole("region", { name: "As text" }).getByRole("link").click();
      await expect(phone.getByText(`Is ${ada.email} the address of the account ${ada.username}?`)).toBeVisible();
      await submit(phone, "Confirm my address");
      await expect(phone).toHaveURL("/dashboard");
      await expect(phone.getByText("Your address is confirmed")).toBeVisible();

      await page.goto("/dashboard");
      await expect(page).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
      await logIn(page, ada);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
    });

    test("a mistyped address is corrected, and the link to it is worth nothing", async ({ page, anotherDevice }) => {
      const ada = newUser();
      const mistyped = { ...ada, email: `x${ada.email}` };
      await register(page, mistyped);
      const stranger = linkIn(await mailAbout(page, mistyped.email, confirmation.about), confirmation.path);

      await page.goto("/posts/new");
      await logIn(page, { email: ada.username, password: ada.password });
      await expect(page).toHaveURL("/email-confirmation");
      await page.getByLabel("E-mail").fill(ada.email);
      await submit(page, "Send it again");
      await expect(page.getByText(`A mail is on its way to ${ada.email}`)).toBeVisible();

      const elsewhere = await anotherDevice();
      expect((await elsewhere.goto(stranger))?.status()).toBe(NOT_FOUND);
      await followLink(page, ada.email, confirmation);
      await submit(page, "Confirm my address");
      await expect(page).toHaveURL("/posts/new");
    });
  });
}

test("looking at the link changes nothing; the button works once", async ({ page, anotherDevice }) => {
  const ada = await register(page);
  await followLink(page, ada.email, confirmation);
  const link = page.url();
  await page.reload();
  await submit(page, "Confirm my address");
  await expect(page).toHaveURL("/dashboard");

  await page.goBack();
  await expect(page.getByRole("button", { name: "Confirm my address" })).toHaveCount(0);
  const other = await anotherDevice();
  expect((await other.goto(link))?.status()).toBe(NOT_FOUND);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("This link does not work any more");
  await other.getByRole("link", { name: "Ask for a new link" }).click();
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("Confirm your address");
});

test("whoever signs up with an address that is taken sees nothing of it; its owner has a mail", async ({
  page,
  anotherDevice,
}) => {
  const ada = await signUp(page);
  const eve = await anotherDevice();
  await eve.goto("/register");
  await fillRegistration(eve, { ...newUser("eve"), email: ada.email });
  await submit(eve, "Create account");
  await expect(eve).toHaveURL("/email-confirmation");
  await expect(eve.locator("html")).not.toContainText(ada.username);
  const mail = await mailAbout(page, ada.email, /already have an account/);
  expect(mail.text).toContain(ada.username);
});
