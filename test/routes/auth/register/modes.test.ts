import "../../../support/environment.js";
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { config } from "../../../../src/config/index.js";
import { User } from "../../../../src/models/user.js";
import { wholeAnswer } from "../../../support/forms/whole-answers.js";
import { mailAbout } from "../../../support/mailbox.js";
import { member, newPerson } from "../../../support/users.js";
import { readToken, visitor } from "../../../support/visitor.js";

afterEach(() => {
  config.registration = "open";
});

for (const mode of ["invite", "closed"] as const) {
  const heading = mode === "invite" ? /<h1>By invitation only<\/h1>/ : /<h1>Registration is closed<\/h1>/;

  describe(`REGISTRATION=${mode}`, () => {
    test("the page says that registration is not open, and a form opened earlier creates no account", async () => {
      const ada = newPerson();
      const browser = visitor();
      const _csrf = readToken((await browser.get("/register")).text);
      config.registration = mode;
      const page = await browser.get("/register");
      assert.equal(page.status, 403);
      assert.match(page.text, heading);
      assert.match(page.text, /<a class="button" href="\/login">Log in<\/a>/);
      assert.doesNotMatch(page.text, /<form/);
      const answer = await browser.send("/register", { _csrf, ...ada });
      assert.equal(answer.status, 403);
      assert.match(answer.text, heading);
      assert.equal(await User.countDocuments({ username: ada.username }), 0);
      const json = await browser.send("/register", { _csrf, ...ada }, { accept: "application/json" });
      assert.equal(JSON.parse(json.text).status, 403);
    });

    test("no page or email links to the registration", async () => {
      config.registration = mode;
      for (const path of ["/", "/login", "/posts", "/dev/mailbox", "/nothing-here"]) {
        assert.doesNotMatch((await visitor().get(path)).text, /href="\/register"/, path);
      }
      const { email } = newPerson();
      await visitor().submit("/password-reset", { email });
      assert.doesNotMatch((await mailAbout(email, /no account/)).text, /\/register/);
    });

    test("known and unknown emails get the same page, without hashing a password or reading the database", async () => {
      const known = await member();
      const answers = [];
      for (const person of [known, newPerson(), { username: "", email: "", password: "" }]) {
        config.registration = "open";
        const browser = visitor();
        const _csrf = readToken((await browser.get("/register")).text);
        config.registration = mode;
        const { username, email, password } = person;
        const { commands, ...answer } = await wholeAnswer(() =>
          browser.send("/register", { _csrf, username, email, password }),
        );
        // The page repeats what was typed.
        const text = answer.text.replaceAll(username || "\0", "NAME").replaceAll(email || "\0", "ADDRESS");
        // The job queue sends its own commands.
        answers.push({ ...answer, text, commands: commands.filter((command) => !command.endsWith(" jobs")) });
      }
      assert.deepEqual(answers[1], answers[0]);
      for (const { hashes, commands } of answers) assert.deepEqual([hashes.length, commands.length], [0, 0]);
    });

    test("existing users can still log in", async () => {
      const { username, password } = await member();
      config.registration = mode;
      const browser = visitor();
      assert.equal((await browser.submit("/login", { login: username, password })).status, 303);
      assert.equal((await browser.get("/dashboard")).status, 200);
      assert.equal((await browser.get("/register")).location, "/dashboard");
    });
  });
}
