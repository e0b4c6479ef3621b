import { addApp } from "../support/factors.js";
import { followLink, mailAbout } from "../support/mailbox.js";
import { expect, test } from "../support/test.js";
import { logIn, signUp, submit } from "../support/users.js";

const link = { about: /You said that you lost your second factor/, path: "/factor-recovery/" };

test("a user who lost the second factor starts the waiting period, and the owner sees and cancels it on another device", async ({
  page,
  anotherDevice,
}) => {
  const ada = await signUp(page);
  await addApp(page);
  const laptop = await anotherDevice();
  await logIn(laptop, ada);
  await laptop.getByRole("link", { name: "I've lost my second factor" }).click();
  await submit(laptop, "Email me the link");
  await followLink(laptop, ada.email, link);
  await submit(laptop, "Start the waiting period");
  await laptop.goto("/dashboard");
  await expect(laptop, "nobody is logged in").toHaveURL(/\/login/);

  await page.goto("/posts");
  await expect(page.getByRole("alert")).toContainText("started to remove your second factors");
  await page.getByRole("button", { name: "Keep my second factors" }).click();
  await expect(page.getByText("started to remove your second factors")).toHaveCount(0);
  await mailAbout(page, ada.email, /second factors were not removed/i);
});
