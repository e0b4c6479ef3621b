import "../../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { Overloaded } from "../../../src/lib/passwords/hash.js";
import { Post } from "../../../src/models/post.js";
import { Session } from "../../../src/models/session.js";
import { User } from "../../../src/models/user.js";
import { findFormPages, withoutPage } from "../../../src/routes/form-pages.js";
import {
  assertFilled,
  assertShown,
  cast,
  formPosts,
  sendForm,
  type TypedForm,
  typedForms,
} from "../../support/forms/typed.js";
import { actAs, type Member, member, post, withRole } from "../../support/users.js";
import { hiddenFields, type Page, unescaped, type Visitor, visitor } from "../../support/visitor.js";

/** Addresses whose forms have only secrets and files: mostly buttons. */
const nothingToType = [
  ...["/setup/:token", "/invitations/:token", "/logout", "/reauthenticate", "/password-strength", "/impersonation/end"],
  ...["/email-confirmation/:token", "/password-reset/:token", "/email-change/:token", "/email-undo/:token"],
  ...["/not-me/:token", "/account/avatar", "/account/avatar/delete", "/account/password", "/account/export"],
  "/account/password/remove",
  ...["/login/second-factor", "/login/recovery", "/account/factors/authenticator"],
  ...["/login/lost-factor", "/login/lost-factor/finish", "/account/factor-recovery/cancel"],
  ...["/factor-recovery/:token", "/factor-recovery-cancel/:token"],
  ...["/account/factors/authenticator/remove", "/account/factors/recovery-codes"],
  ...["/account/deletion/cancel", "/account/email/cancel", "/account/sessions/end-others"],
  ...["/account/addresses/resend", "/account/addresses/cancel", "/account/addresses/remove", "/recovery-email/:token"],
  ...["/account/sessions/:handle/distrust", "/account/sessions/:handle/end", "/account/api-tokens/:id/revoke"],
  "/admin/domains/:slug/members/:id/remove",
  ...["delete", "rotate", "pause", "resume", "test", "deliveries/:delivery/resend"].map(
    (verb) => `/admin/webhooks/:id/${verb}`,
  ),
  ...["/account/passkeys/:id/rename", "/account/passkeys/:id/remove", "/passkeys/options", "/passkeys/login"],
  "/register/passkey",
  ...["/domains/:slug/leave", "/admin/invitations/:id/resend", "/admin/invitations/:id/revoke", "/posts/:id/delete"],
  ...["/comments/:id/delete", "/comments/:id/hide", "/comments/:id/unhide"],
  ...["enable", "end-sessions", "send-reset", "send-confirmation", "confirm-recovery", "api-tokens/:token/revoke"].map(
    (verb) => `/admin/users/:id/${verb}`,
  ),
];
/** Forms for visitors only. */
const outside = ["/login", "/register", "/email-confirmation"];

let boss: Member;
let forms: TypedForm[];
let visitorForms: TypedForm[];
before(async () => {
  const all = await cast();
  boss = all.boss;
  const found = await typedForms(boss, all);
  const asVisitor = await typedForms(visitor(), all);
  forms = found.forms;
  visitorForms = asVisitor.forms;
  assert.deepEqual(
    found.buttons.sort(),
    [...nothingToType, ...outside].sort(),
    "each form is tested, or has nothing to type",
  );
  assert.deepEqual(visitorForms.map(({ path }) => path).sort(), [...outside, "/password-reset"].sort());
});

/** Logs in with a known browser, in a new session. */
async function writer(whose = boss) {
  const browser = visitor();
  browser.cookies.set("device", whose.cookies.get("device") ?? "");
  const { username: login, password } = whose;
  assert.equal((await browser.submit("/login", { login, password })).status, 303);
  return browser;
}
/** The forms that need a login. */
const inside = () => forms.filter(({ path }) => path !== "/password-reset");
/** Returns the fields that a page adds to its form: the token, and the version of the stored values. */
async function opened(who: Visitor, form: TypedForm) {
  const fields = hiddenFields((await who.get(form.page)).text, form.action);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name.startsWith("_")));
}

/** Ends the session of a browser on the server, like expiry, another device or an admin would. */
async function endSession(who: Visitor) {
  const user = await User.findOne({ username: boss.username }).orFail();
  for (const { _id } of await Session.collection.find({ "session.passport.user": user._id }).toArray())
    await Session.end(String(_id));
  assert.equal((await who.get("/dashboard")).status, 303);
}

/** Returns everything that a form could have changed. */
const counted = async () => [
  await Post.find().sort("_id").lean(),
  await User.find().select("-lastLoginAt").sort("_id").lean(),
];

/** Logs in with the login form of this page, including its hidden fields. */
const logInOn = (page: Page, who: Visitor, { username: login, password }: { username: string; password: string }) =>
  who.send("/login", { ...hiddenFields(page.text, "/login"), login, password });

test("every address with a form has a page that shows it", () => {
  for (const path of formPosts) {
    const places = findFormPages(path.replace(/:\w+/g, "x"), {});
    assert.equal(places.length === 0, withoutPage.includes(path), path);
  }
});

describe("the session ended while the user was writing", () => {
  test("after the login the form contains the input, and nothing is saved before", async () => {
    for (const form of inside()) {
      const who = await writer();
      const hidden = await opened(who, form);
      const stored = await counted();
      await endSession(who);
      const refused = await sendForm(who, form, hidden);
      assert.equal(refused.status, 403, form.path);
      assertShown(refused.text, form);
      assert.match(refused.text, /action="\/login"/, form.path);
      const wrong = await logInOn(refused, who, { ...boss, password: "not-the-Password" });
      assert.equal(wrong.status, 401, "a wrong password does not lose the input");
      const back = await logInOn(wrong, who, boss);
      assert.equal(back.status, 422, form.path);
      assertFilled(back.text, form, hidden._csrf ?? "");
      assert.equal(JSON.stringify(await counted()), JSON.stringify(stored), form.path);
    }
  });

  test("the restored post is saved once, for its author, when the form is sent again", async () => {
    const who = await writer();
    const hidden = hiddenFields((await who.get("/posts/new")).text, "/posts");
    await who.submit("/dashboard", {}, "/logout");
    const text = { title: "Long thoughts", body: "First\r\n\r\n<b>second</b>", visibility: "draft" };
    const back = await logInOn(await who.send("/posts", { ...hidden, ...text }), who, boss);
    const saved = await who.send("/posts", { ...hiddenFields(back.text, "/posts"), ...text });
    assert.equal(saved.status, 303);
    const found = await Post.find({ title: "Long thoughts" }).lean();
    const { id } = await User.findOne({ username: boss.username }).orFail();
    assert.deepEqual(
      found.map(({ author }) => String(author)),
      [id],
    );
  });

  /** Checks that the page says that another user typed the input, and contains none of it in readable form. */
  function assertSealed(answer: Page, form: Pick<TypedForm, "action" | "typed">) {
    assert.equal(answer.status, 403);
    assert.match(answer.text, /typed by another user/);
    assert.doesNotMatch(answer.text, new RegExp(`action="${form.action}"`), form.action);
    for (const value of Object.values(form.typed)
      .flat()
      .filter((value) => value.length > 12))
      assert.ok(!unescaped(answer.text).includes(value), `${form.action}: ${value}`);
  }

  test("another user who logs in there does not see the input; after their logout the author can restore it", async () => {
    const other = await member();
    for (const form of inside().filter(({ path }) => !path.startsWith("/admin"))) {
      const who = await writer();
      const hidden = await opened(who, form);
      await endSession(who);
      const answer = await logInOn(await sendForm(who, form, hidden), who, other);
      assertSealed(answer, form);
      const asked = await who.send("/logout", hiddenFields(answer.text, "/logout"));
      assert.equal(asked.status, 401, form.path);
      assertSealed({ ...answer, text: `${asked.text} typed by another user` }, form);
      assert.equal((await who.get("/dashboard")).status, 303, "logged out");
      assertFilled((await logInOn(asked, who, boss)).text, form, hidden._csrf ?? "");
    }
  });

  test("another user who is already logged in there does not see the input", async () => {
    const other = await member();
    const stored = await counted();
    for (const form of inside().filter(({ path }) => !path.startsWith("/admin"))) {
      const who = await writer();
      const hidden = await opened(who, form);
      const hers = await writer(other);
      who.cookies.set("sid", hers.cookies.get("sid") ?? "");
      const answer = await sendForm(who, form, hidden);
      assertSealed(answer, form);
      const asked = await who.send("/logout", hiddenFields(answer.text, "/logout"));
      assertFilled((await logInOn(asked, who, boss)).text, form, hidden._csrf ?? "");
    }
    assert.equal(JSON.stringify(await counted()), JSON.stringify(stored));
  });

  test("input that is too large for a form is not shown to another user either", async () => {
    const who = await writer();
    const hidden = hiddenFields((await who.get("/posts/new")).text, "/posts");
    who.cookies.set("sid", (await writer(await member())).cookies.get("sid") ?? "");
    const answer = await who.send("/posts", { ...hidden, title: "Mine", body: `Not hers ${"x".repeat(140_000)}` });
    assert.equal(answer.status, 413);
    assert.doesNotMatch(answer.text, /Not hers/);
  });

  test("a remembered browser sees the form with its input without a login", async () => {
    for (const form of forms) {
      const who = visitor();
      who.cookies.set("device", boss.cookies.get("device") ?? "");
      const { username: login, password } = boss;
      await who.submit("/login", { login, password, remember: "on" });
      const hidden = await opened(who, form);
      who.cookies.delete("sid");
      const back = await sendForm(who, form, hidden);
      assert.equal(back.status, 403, form.path);
      if (back.text.includes('action="/reauthenticate"')) assertShown(back.text, form);
      else assertFilled(back.text, form, hidden._csrf ?? "");
    }
  });
});

test("a form that was opened before a login in another tab is shown again with its input", async () => {
  for (const form of forms) {
    const who = await writer();
    const hidden = await opened(who, form);
    who.cookies.set("sid", (await writer()).cookies.get("sid") ?? "");
    const back = await sendForm(who, form, hidden);
    assert.equal(back.status, 403, form.path);
    assertFilled(back.text, form, hidden._csrf ?? "");
  }
});

test("a visitor's form with an expired token is shown again with its input", async () => {
  for (const form of visitorForms) {
    const who = visitor();
    const hidden = await opened(who, form);
    who.cookies.clear();
    const back = await sendForm(who, form, hidden);
    assert.equal(back.status, 403, form.path);
    assertFilled(back.text, form, hidden._csrf ?? "");
  }
});

test("the input for something that was deleted is shown", async () => {
  for (const form of forms.filter(({ path }) => path.includes(":"))) {
    const who = await writer();
    const hidden = await opened(who, form);
    const gone = form.action.replace(/[0-9a-f]{24}|club-\d+/, (id) =>
      id.startsWith("club") ? "gone" : "f".repeat(24),
    );
    const back = await sendForm(who, { ...form, action: gone }, hidden);
    assert.equal(back.status, 404, form.path);
    assertShown(back.text, form);
  }
});

test("a post that was deleted while it was edited can be saved as a new one", async () => {
  const who = await writer();
  const [, , id] = (await post({ ...boss, ...who })).split("/");
  const page = await who.get(`/posts/${id}/edit`);
  await Post.deleteOne({ _id: id });
  const typed = { title: "Phoenix", body: "Once more", visibility: "public" };
  const back = await who.send(`/posts/${id}`, { ...hiddenFields(page.text, `/posts/${id}`), ...typed });
  assert.equal(back.status, 404);
  const saved = await who.send("/posts", { ...hiddenFields(back.text, "/posts"), ...typed });
  assert.equal(saved.status, 303, saved.text);
});

test("a form with input that is too large is shown again with the input", async () => {
  for (const form of forms) {
    const who = await writer();
    const hidden = await opened(who, form);
    const [name = ""] = Object.entries(form.typed).find(([, [value]]) => value?.startsWith("Typed <")) ?? [];
    if (!name) continue;
    const typed = {
      ...form.typed,
      [name]: [`Typed long ${"x".repeat(/^\/(posts|comments)/.test(form.path) ? 140_000 : 21_000)}`],
    };
    const back = await sendForm(who, { ...form, typed }, hidden);
    assert.equal(back.status, 413, form.path);
    assertFilled(back.text, { ...form, typed }, "");
  }
});

test("while the database is unavailable, the page lets the user send the input again", async () => {
  for (const form of forms) {
    const who = await writer();
    const hidden = await opened(who, form);
    const broken = mock.method(Session, "findLive", () =>
      Promise.reject(Object.assign(new Error("away"), { name: "MongoServerSelectionError" })),
    );
    const answer = await sendForm(who, form, hidden);
    broken.mock.restore();
    assert.equal(answer.status, 503, form.path);
    assertShown(answer.text, form);
    const again = hiddenFields(answer.text, form.action);
    if (/currentPassword/.test((await who.get(form.page)).text))
      assert.equal(again._csrf, undefined, "a form that needs a password cannot be sent again from this page");
    else assert.equal(again._csrf, hidden._csrf, `${form.path}: ${JSON.stringify(hidden)}`);
  }
});

test("the response to a request that times out contains the form with its input", async () => {
  for (const hanging of ["session", "post"]) {
    const who = await writer();
    const hidden = hiddenFields((await who.get("/posts/new")).text, "/posts");
    const never = () => new Promise<never>(() => {});
    const stuck = hanging === "post" ? mock.method(Post, "write", never) : mock.method(Session, "findLive", never);
    const answer = await who.send("/posts", { ...hidden, title: "Stuck", body: "Kept words", visibility: "public" });
    stuck.mock.restore();
    assert.equal(answer.status, 503, hanging);
    assert.match(answer.text, /Kept words/, hanging);
    assert.equal(hiddenFields(answer.text, "/posts").title, "Stuck", answer.text.slice(answer.text.indexOf("<main")));
  }
});

test("after an error on the server the form is shown again with its input", async () => {
  const who = await writer();
  for (const [error, status] of [
    [new Overloaded(), 503],
    [new TypeError("broken"), 500],
  ] as const) {
    const hidden = hiddenFields((await who.get("/posts/new")).text, "/posts");
    const broken = mock.method(Post, "write", () => Promise.reject(error));
    const back = await who.send("/posts", { ...hidden, title: "Late", body: "Kept words", visibility: "public" });
    broken.mock.restore();
    assert.equal(back.status, status);
    assert.match(back.text, /action="\/posts"[\s\S]*value="Late"[\s\S]*Kept words/);
  }
});

describe("other sites cannot inject text", () => {
  const planted = { title: "Planted", body: "Buy now", visibility: "public" };
  const elsewhere: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ];

  test("a form sent by another site is not rendered, with and without a session", async () => {
    const who = await writer();
    for (const browser of [who, visitor()]) {
      for (const headers of elsewhere) {
        const answer = await browser.send("/posts", planted, headers);
        assert.equal(answer.status, 403);
        assert.doesNotMatch(answer.text, /Planted|Buy now|_typed/, JSON.stringify(headers));
      }
    }
  });

  test("a login form ignores carried input that the server did not encrypt", async () => {
    const { username: login, password } = boss;
    const other = await member();
    const who = await writer();
    const hidden = hiddenFields((await who.get("/posts/new")).text, "/posts");
    await endSession(who);
    const { _typed = "" } = hiddenFields((await who.send("/posts", { ...hidden, ...planted })).text, "/login");
    assert.ok(_typed.length > 50);
    assert.doesNotMatch(Buffer.from(_typed, "base64url").toString("latin1"), /Planted|Buy/, "the input is encrypted");
    const changed = `${_typed.slice(0, -2)}${_typed.endsWith("AA") ? "BB" : "AA"}`;
    for (const forged of [changed, "", "x", "AAAA", JSON.stringify({ to: "/posts", fields: planted, owner: "" })]) {
      const answer = await visitor().submit("/login", { login, password, _typed: forged });
      assert.deepEqual([answer.status, answer.location], [303, "/dashboard"], forged.slice(0, 20));
    }
    const answer = await visitor().submit("/login", { login: other.username, password: other.password, _typed });
    assert.match(answer.text, /typed by another user/);
  });

  test("responses with input are never cached", async () => {
    const who = await writer();
    const answer = await who.send("/posts", { ...planted, _csrf: "stale" });
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const json = await who.send("/posts", { ...planted, _csrf: "stale" }, { accept: "application/json" });
    assert.doesNotMatch(json.text, /Planted/);
  });
});

test("buttons in an expired session lead to the login and back to their page", async () => {
  const who = await writer();
  const page = await who.get("/account/export");
  await endSession(who);
  const refused = await who.send("/account/export", hiddenFields(page.text, "/account/export"));
  assert.equal(refused.status, 403);
  assert.match(refused.text, /Nothing was changed/);
  const back = await logInOn(refused, who, boss);
  assert.deepEqual([back.status, back.location], [303, "/account/export"]);
});

test("input from an ended impersonation is shown as text, not in a form", async () => {
  const [admin, ada] = [await withRole("admin"), await member()];
  await actAs(admin, ada);
  const hidden = hiddenFields((await admin.get("/posts/new")).text, "/posts");
  await Session.collection.updateMany(
    { "session.impersonator": { $exists: true } },
    { $set: { "session.signedInAt": 0 } },
  );
  const answer = await admin.send("/posts", { ...hidden, title: "For Ada", body: "Kept words", visibility: "public" });
  assert.equal(answer.status, 403);
  assert.match(answer.text, /Kept words/);
  assert.doesNotMatch(answer.text, /action="\/posts"/);
});

test("forms that require a recent login are shown again with their input after it", async () => {
  // Forms that require no recent login take effect, so this test has its own users. Forms that disable users come last.
  const all = await cast();
  const own = (await typedForms(all.boss, all)).forms.filter(({ path }) => path !== "/password-reset");
  const locks = ({ path }: TypedForm) => Number(/bulk|disable|delete/.test(path));
  const asked: string[] = [];
  for (const form of own.sort((one, other) => locks(one) - locks(other))) {
    const who = await writer(all.boss);
    const hidden = await opened(who, form);
    const user = await User.findOne({ username: all.boss.username }).orFail();
    await Session.updateMany({ "session.passport.user": user._id }, { $set: { "session.authenticatedAt": 0 } });
    const answer = await sendForm(who, form, hidden);
    if (answer.status !== 401) continue;
    asked.push(form.path);
    assertShown(answer.text, form);
    const wrong = await who.send("/reauthenticate", { ...hiddenFields(answer.text), password: "not-the-Password" });
    assert.equal(wrong.status, 401);
    const back = await who.send("/reauthenticate", {
      ...hiddenFields(wrong.text, "/reauthenticate"),
      password: all.boss.password,
    });
    assert.equal(back.status, 422, form.path);
    assertFilled(back.text, form, hidden._csrf ?? "");
  }
  for (const path of ["/account/api-tokens", "roles", "delete", "impersonate"])
    assert.ok(
      asked.some((one) => one.endsWith(path)),
      `${path} of ${asked}`,
    );
});
