import { mailAbout } from "../support/mailbox.js";
import { writePost } from "../support/posts.js";
import { expect, test } from "../support/test.js";
import { logIn, signUp, submit } from "../support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a user schedules the deletion of the account, sees a reminder on each page, and cancels it on a phone", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await signUp(page);
      const post = await writePost(page, { title: "Before I go", body: "Farewell." });
      await page.goto("/account/profile");
      await page
        .getByRole("navigation", { name: "Your account" })
        .getByRole("link", { name: "Delete account" })
        .click();
      await page.getByText("Delete them", { exact: true }).click();
      await page.getByLabel("Your password", { exact: true }).fill("not the password at all");
      await submit(page, "Delete my account");
      await expect(page.getByLabel("Your password", { exact: true })).toHaveAccessibleDescription(/Incorrect password/);
      await expect(page.getByRole("radio", { name: "Delete them" })).toBeChecked();
      await page.getByLabel("Your password", { exact: true }).fill(ada.password);
      await submit(page, "Delete my account");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Account scheduled for deletion");
      await mailAbout(page, ada.email, /Your account will be deleted/);
      await page.goto("/posts");
      await expect(page.getByText("Your account will be deleted on")).toBeVisible();

      const phone = await anotherDevice();
      await logIn(phone, ada);
      await expect(phone).toHaveURL("/account/deletion");
      await phone.goto("/dashboard");
      await phone.getByRole("link", { name: "Cancel deletion" }).click();
      await phone.getByRole("button", { name: "Cancel deletion" }).dblclick();
      await expect(phone).toHaveURL("/dashboard");
      await expect(phone.getByText("Your account will be deleted on")).toHaveCount(0);
      await page.goto(post);
      await expect(page.getByText("Your account will be deleted on")).toHaveCount(0);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Before I go");
    });
  });
}
