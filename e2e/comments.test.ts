import { linkIn, mailAbout } from "./support/mailbox.js";
import { writeComment, writePost } from "./support/posts.js";
import { expect, test } from "./support/test.js";
import { logIn, signUp, submit } from "./support/users.js";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a reader comments; the author gets an email, hides the comment, and turns the emails off", async ({
      page,
      anotherDevice,
    }) => {
      const ada = await signUp(page);
      const post = await writePost(page, { title: "Who oils the hinges?", body: "Members do." });
      const reader = await anotherDevice();
      await signUp(reader);
      await reader.goto(post);
      await submit(reader, "Post comment");
      await expect(reader.getByRole("alert", { name: "There is a problem" })).toBeVisible();
      await writeComment(reader, post, "With *olive* oil.");
      await reader.getByRole("link", { name: "Edit your comment" }).click();
      await reader.getByLabel("Your comment").fill("With *linseed* oil.");
      await submit(reader, "Save changes");
      await expect(reader.getByText("With linseed oil.")).toBeVisible();

      const mail = await mailAbout(page, ada.email, /New comment/);
      await page.goto(linkIn(mail, "/comments/"));
      await expect(page.getByRole("heading", { level: 2, name: "1 comment" })).toBeVisible();
      await page.getByRole("button", { name: /^Hide/ }).click();
      await expect(page.getByText("Hidden by the author of this post.")).toBeVisible();

      const visitor = await anotherDevice();
      await visitor.goto(post);
      await expect(visitor.getByText("Hidden by the author of this post.")).toBeVisible();
      await expect(visitor.getByText("linseed")).toHaveCount(0);
      await visitor.goto(linkIn(mail, "/unsubscribe/"));
      await submit(visitor, "Turn off");
      await expect(visitor.getByRole("heading", { level: 1 })).toHaveText("These emails are turned off");
      await page.goto("/account/notifications");
      await expect(page.getByLabel("Email me about comments on my posts")).not.toBeChecked();
    });

    test("a visitor logs in to comment, and a comment that is deleted is gone", async ({ page, anotherDevice }) => {
      await signUp(page);
      const post = await writePost(page, { title: "Keys", body: "Under the stone." });
      const other = await anotherDevice();
      const bob = await signUp(other);
      await submit(other, "Log out");
      await other.goto(post);
      await other.getByRole("link", { name: "Log in" }).last().click();
      await logIn(other, bob);
      await expect(other).toHaveURL(post);
      await writeComment(other, post, "Which stone?");
      await other.getByText("Delete the comment by").click();
      await other.getByRole("button", { name: /^Delete permanently/ }).click();
      await expect(other.getByText("Comment deleted.")).toBeVisible();
      await expect(other.getByText("No comments yet.")).toBeVisible();
    });
  });
}
