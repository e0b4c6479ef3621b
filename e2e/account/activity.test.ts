import { expect, test } from "../support/test.js";
import { logIn, logOut, signUp } from "../support/users.js";

test("the activity page describes events in plain words, newest first", async ({ page, anotherDevice }) => {
  const ada = await signUp(page);
  const stranger = await anotherDevice();
  await logIn(stranger, { email: ada.email, password: "not the password at all" });
  await expect(stranger).toHaveURL(/\/login(\?return_to=[^&]*)?$/);
  await logOut(page);
  await logIn(page, ada);

  await page.goto("/account/activity");
  const what = page.getByRole("main").getByRole("listitem").locator("p:first-child");
  await expect(what).toHaveText([
    "You logged in.",
    "You logged out.",
    "Someone tried to log in with a wrong password.",
    "You logged in.",
    "You confirmed your email address.",
    "You created this account.",
  ]);
  await expect(page.getByRole("main")).toContainText(/on Linux|HeadlessChrome|Chrome/);
});
