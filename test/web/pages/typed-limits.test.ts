import "../../support/environment.js";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Request, Response } from "express";
import mongoose from "mongoose";
import { config } from "../../../src/config/index.js";
import { User } from "../../../src/models/user.js";
import { rateLimits } from "../../../src/web/rate-limits.js";
import { assertFilled, cast, sendForm, type TypedForm, typedForms, valuesIn } from "../../support/forms/typed.js";
import { invitedBy } from "../../support/users/invitations.js";
import { type Member, member, withRole } from "../../support/users.js";
import { hiddenFields, type Visitor, visitor } from "../../support/visitor.js";

let boss: Member;
let forms: TypedForm[];
let visitorForms: TypedForm[];
const ip = "127.0.0.1";
before(async () => {
  const all = await cast();
  boss = all.boss;
  forms = (await typedForms(boss, all)).forms;
  visitorForms = (await typedForms(visitor(), all)).forms;
});
after(() => useLimits(false));

const useLimits = (rateLimits: boolean) => Object.assign(config, { rateLimits });

/** Uses up every rate limit of this user and of this network. */
async function useUp(who: { username: string } = boss): Promise<void> {
  const { id } = await User.findOne({ username: who.username }).orFail();
  await mongoose.connection.collection("limits").deleteMany({});
  useLimits(true);
  for (const guard of Object.values(rateLimits))
    await guard({ ip, user: { id } } as Request, {} as Response, () => undefined);
  const wrong = { currentPassword: "not-the-Password" };
  await boss.submit("/account/deletion", { ...wrong, posts: "keep" });
  await mongoose.connection.collection("limits").updateMany({}, { $set: { points: 1_000_000 } });
}

/** Sends a form whose rate limit is used up. Returns true if it was refused for that reason. */
async function isRefused(who: Visitor, form: TypedForm): Promise<boolean> {
  useLimits(false);
  const html = (await who.get(form.page)).text;
  const hidden = hiddenFields(html, form.action);
  const typed = { ...form.typed, ...(hidden.once && { once: [hidden.once] }) };
  await useUp();
  const answer = await sendForm(
    who,
    { ...form, typed },
    { _csrf: hidden._csrf ?? "", _version: hidden._version ?? "" },
  );
  useLimits(false);
  if (answer.status !== 429) return false;
  assertFilled(answer.text, { ...form, typed }, "");
  assert.match(answer.text, /Too many attempts/, form.path);
  assert.ok(answer.headers.get("retry-after"), form.path);
  return true;
}

/** Forms with a rate limit. All others are limited by their requirements: a role, or a password. */
const limited = [
  ...[
    "/posts",
    "/posts/:id",
    "/account/api-tokens",
    "/account/passkeys",
    "/account/email",
    "/account/deletion",
    "/admin/invitations",
  ],
  ...["/account/addresses", "/posts/:id/comments", "/comments/:id", "/password-reset"],
];

test("a form refused by a rate limit keeps all its input and its once key", async () => {
  const refused: string[] = [];
  // Forms without a rate limit take effect, so those that end access come last, and impersonation is left out.
  const ends = ({ path }: TypedForm) => Number(/bulk|disable|delete/.test(path));
  const sent = forms.filter(({ path }) => !path.endsWith("/impersonate"));
  for (const form of sent.toSorted((one, other) => ends(one) - ends(other)))
    if (await isRefused(boss, form)) refused.push(form.path);
  assert.deepEqual(refused.sort(), limited.sort());
});

test("a visitor's form refused by a rate limit keeps its input", async () => {
  const refused: string[] = [];
  for (const form of visitorForms) if (await isRefused(visitor(), form)) refused.push(form.path);
  assert.deepEqual(refused.sort(), ["/email-confirmation", "/login", "/password-reset", "/register"]);
});

test("an invitation form refused by a rate limit keeps its input", async () => {
  const { link } = await invitedBy(await withRole("admin"), { role: "editor" });
  const who = visitor();
  const _csrf = hiddenFields((await who.get(link)).text, link)._csrf ?? "";
  await useUp();
  const answer = await who.send(link, { _csrf, username: "long-thought-of", password: "not-the-Password" });
  useLimits(false);
  assert.equal(answer.status, 429);
  assert.deepEqual(valuesIn(answer.text, link)?.username, ["long-thought-of"]);
  assert.doesNotMatch(answer.text, /not-the-Password/);
});

test("a login or password form refused by a rate limit keeps the input that it carries", async () => {
  const ada = await member();
  const text = { title: "Carried", body: "Kept words", visibility: "draft" };
  const form = hiddenFields((await ada.get("/posts/new")).text, "/posts");
  const { _typed = "" } = hiddenFields((await visitor().send("/posts", { ...form, ...text })).text, "/login");
  assert.ok(_typed);
  const isBack = /action="\/posts"[\s\S]*value="Carried"[\s\S]*Kept words/;
  const send = async (who: Visitor, to: string, fields: Record<string, string>) => {
    const { _csrf = "" } = hiddenFields((await who.get(to)).text, to);
    await useUp();
    const answer = await who.send(to, { _csrf, _typed, ...fields });
    useLimits(false);
    assert.equal(answer.status, 429, to);
    return answer;
  };
  assert.match((await send(ada, "/reauthenticate", { password: ada.password })).text, isBack);
  const [who, login] = [visitor(), { login: ada.username, password: ada.password }];
  const refused = await send(who, "/login", login);
  const back = await who.send("/login", { ...hiddenFields(refused.text, "/login"), ...login });
  assert.equal(back.status, 422);
  assert.match(back.text, isBack);
});
