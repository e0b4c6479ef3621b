import { expect, keptCookies, test } from "../support/test.js";
import { logIn, logOut, signUp } from "../support/users.js";

test('with "Keep me logged in", a user stays logged in after closing the browser, until they log out', async ({
  page,
  anotherDevice,
}) => {
  const ada = await signUp(page);
  await logOut(page);
  await page.goto("/posts/new");
  await page.getByLabel("Keep me logged in for 30 days").check();
  await logIn(page, ada);
  await expect(page).toHaveURL("/posts/new");

  const opened = await anotherDevice(await keptCookies(page));
  await opened.goto("/dashboard");
  await expect(opened.getByRole("heading", { level: 1 })).toHaveText(`Hello, ${ada.username}`);
  await logOut(opened);
  const again = await anotherDevice(await keptCookies(opened));
  await again.goto("/dashboard");
  await expect(again).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
});

test('without "Keep me logged in", closing the browser logs the user out', async ({ page, anotherDevice }) => {
  await signUp(page);
  const opened = await anotherDevice(await keptCookies(page));
  await opened.goto("/dashboard");
  await expect(opened).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
});
