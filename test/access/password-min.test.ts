import "../support/settings/longer-passwords.js";
import "../support/environment.js";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { newPasswordForm } from "../../src/forms/auth/password-reset.js";
import { findPasswordProblem } from "../../src/lib/passwords/policy.js";
import { User } from "../../src/models/user.js";
import { findSetupUrl } from "../../src/services/account/setup.js";
import { apiMember } from "../support/api/users.js";
import { program } from "../support/api.js";
import { origin } from "../support/app.js";
import { linkFor } from "../support/mail/links.js";
import { linkIn, mailAbout } from "../support/mailbox.js";
import { invitedBy } from "../support/users/invitations.js";
import { member, newPerson, signedUp, withRole } from "../support/users.js";
import { readToken, type Visitor, visitor } from "../support/visitor.js";

/** Fourteen characters that only the length rule refuses. */
const short = "kiwi-Lamp-zebr";
const long = `${short}a`;
const refusal = "Use at least 15 characters. You have 14.";
const hint = "At least 15 characters.";

/** Opens a page, checks its hint, and sends a password that is one character too short. */
async function tryAtPage(path: string, fields: Record<string, string>, browser: Visitor = visitor()) {
  assert.ok((await browser.get(path)).text.includes(hint), path);
  const answer = await browser.submit(path, fields);
  assert.equal(answer.status, 422, path);
  assert.ok(answer.text.includes(refusal), `${path}: ${answer.text}`);
  assert.ok(answer.text.includes(hint), path);
}

before(async () => {
  const setup = new URL((await findSetupUrl()) ?? "").pathname; // exists only until there is an account
  await tryAtPage(setup, { ...newPerson(), password: short });
});

test("the password is refused for its length only", () => {
  assert.equal(findPasswordProblem(short, { words: [] }), refusal);
  assert.equal(findPasswordProblem(long, { words: [] }), null);
});

test("every page with a new password asks for PASSWORD_MIN characters", async () => {
  const ada = await member();
  const { link } = await invitedBy(await withRole("admin"));
  const pending = await signedUp();
  const elsewhere = linkIn(await mailAbout(pending.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
  await tryAtPage("/register", { ...newPerson(), password: short });
  await tryAtPage(link, { username: newPerson().username, password: short });
  await tryAtPage(elsewhere, { newPassword: short });
  await tryAtPage(await linkFor(ada, "password-reset"), { password: short });
  await tryAtPage("/account/password", { currentPassword: ada.password, password: short }, ada);
  assert.equal((await visitor().submit("/register", { ...newPerson(), password: long })).status, 303);
});

test("every API call with a new password asks for PASSWORD_MIN characters", async () => {
  const { api, ...ada } = await apiMember();
  const admin = await withRole("admin");
  const lead = await apiMember(admin);
  const { link } = await invitedBy(admin);
  const token = (await linkFor(ada, "password-reset")).split("/").at(-1) ?? "";
  const calls = {
    "/auth/register": program().post("/auth/register", { ...newPerson(), password: short }),
    "/users": lead.api.post("/users", { ...newPerson(), password: short }),
    "/invitations/accept": program().post("/invitations/accept", {
      token: link.split("/").at(-1) ?? "",
      username: newPerson().username,
      password: short,
    }),
    "/auth/password-reset/confirm": program().post("/auth/password-reset/confirm", { token, password: short }),
    "/users/me/password": api.post("/users/me/password", { currentPassword: ada.password, password: short }),
  };
  for (const [path, call] of Object.entries(calls)) {
    const { status, body } = await call;
    assert.deepEqual([status, body.errors], [422, [{ pointer: "#/password", detail: refusal }]], path);
  }
});

test("the OpenAPI document states the minimum password length", async () => {
  const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  const password = (path: string) => {
    const { post } = paths[path] as { post: { requestBody: { content: Record<string, { schema: object }> } } };
    const schema = post.requestBody.content["application/json"]?.schema;
    return (schema as { properties: { password: Record<string, unknown> } }).properties.password;
  };
  for (const path of ["/auth/register", "/users", "/invitations/accept"])
    assert.equal(password(path).minLength, 15, path);
  for (const path of ["/auth/password-reset/confirm", "/users/me/password"]) {
    assert.equal(password(path).minLength, 12, `${path}: enough with a second factor`);
    assert.match(String(password(path).description), /without a second factor need at least 15/);
  }
});

test("with a second factor, 12 characters are enough: in forms and for the strength meter", async () => {
  const owner = { username: "ada", email: "ada@example.org" };
  assert.equal(newPasswordForm(owner).parse({ password: short }).ok, false);
  assert.equal(newPasswordForm({ ...owner, hasSecondFactor: true }).parse({ password: short }).ok, true);
  const browser = visitor();
  const token = readToken((await browser.get("/register")).text);
  const ask = async (fields: Record<string, string>) =>
    JSON.parse((await browser.send("/password-strength", fields, { "x-csrf-token": token })).text);
  assert.equal((await ask({ password: short })).message, refusal);
  assert.equal((await ask({ password: short, secondFactor: "on" })).ok, true);
});

test("a shorter password from before still works", async () => {
  const ada = await member({ ...newPerson(), password: short });
  assert.equal((await ada.get("/dashboard")).status, 200);
  assert.ok(await User.exists({ username: ada.username }));
});
