import "../../support/environment.js";
import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import type { Purpose } from "../../../src/models/mailed-link.js";
import { User } from "../../../src/models/user.js";
import { RECENT_MS } from "../../../src/web/guards.js";
import { origin } from "../../support/app.js";
import { askToChange, linkFor } from "../../support/mail/links.js";
import { linkIn, mailAbout } from "../../support/mailbox.js";
import { actAs, member, newPerson, post, signedUp, withRole } from "../../support/users.js";
import { hiddenFields, type Visitor, visitor } from "../../support/visitor.js";

type Fields = Record<string, string>;
/** A form that is open in two tabs: its user, its page and address, and the final message. */
type Case = { who: Visitor; page: string; action: string; typed?: Fields; says: RegExp };

const getId = async ({ username }: { username: string }) => (await User.findOne({ username }).orFail()).id as string;
const button = (who: Visitor, link: string, says: RegExp, typed: Fields = {}): Case => ({
  who,
  page: link,
  action: link,
  typed,
  says,
});

/** Creates an account and a mailed link for this purpose. */
async function linked(purpose: Purpose) {
  const ada = await member();
  return { ada, link: await linkFor(ada, purpose) };
}

/** Every form whose action may already be done when it is sent. */
const cases: Record<string, () => Promise<Case>> = {
  "log in": async () => {
    const { username: login, password } = await member();
    return { ...button(visitor(), "/login", /already logged in as|Hello, /), typed: { login, password } };
  },
  "log out": async () => ({ who: await member(), page: "/dashboard", action: "/logout", says: /You are logged out/ }),
  "stop impersonating a user": async () => {
    const [admin, ada] = [await withRole("superadmin"), await member()];
    await actAs(admin, ada);
    return { who: admin, page: "/dashboard", action: "/impersonation/end", says: /You are [\w-]+ again/ };
  },
  register: async () => {
    const { username, email, password } = newPerson();
    return { ...button(visitor(), "/register", /Check your email/), typed: { username, email, password } };
  },
  "confirm an email in the browser that registered": async () => {
    const ada = await signedUp();
    return button(ada, await linkFor(ada, "email-confirmation"), /is confirmed/);
  },
  "confirm an email with the password": async () => {
    const ada = await signedUp();
    return button(visitor(), await linkFor(ada, "email-confirmation"), /is confirmed/, { password: ada.password });
  },
  "confirm a new email": async () => {
    const ada = await member();
    return button(ada, (await askToChange(ada, newPerson().email)).confirm, /The email address of [\w-]+ is now/);
  },
  "confirm a new email as a visitor": async () => {
    const { confirm } = await askToChange(await member(), newPerson().email);
    return button(visitor(), confirm, /The email address of [\w-]+ is now/);
  },
  "undo a change of email": async () => {
    const ada = await member();
    return button(ada, (await askToChange(ada, newPerson().email)).undo, /Everyone has been logged out/);
  },
  "undo a change of email as a visitor": async () => {
    const { undo } = await askToChange(await member(), newPerson().email);
    return button(visitor(), undo, /Everyone has been logged out/);
  },
  'report "this wasn\'t me"': async () => {
    const { ada, link } = await linked("not-me");
    return button(ada, link, /Everyone has been logged out/);
  },
  'report "this wasn\'t me" as a visitor': async () =>
    button(visitor(), (await linked("not-me")).link, /Everyone has been logged out/),
  "choose a new password": async () => {
    const { ada, link } = await linked("password-reset");
    return button(ada, link, /password has been reset|already been used to set a new password/, {
      password: "another-Gate-in-the-wall",
    });
  },
  "accept an invitation": async () => {
    const [admin, ada] = [await withRole("superadmin"), await member()];
    await admin.submit("/admin/invitations", { email: ada.email, role: "editor" });
    return button(
      ada,
      linkIn(await mailAbout(ada.email, /invite/i), "/invitations/"),
      /You&#39;ve (already )?accepted/,
    );
  },
  "accept an invitation as a new user": async () => {
    const [admin, { username, email, password }] = [await withRole("superadmin"), newPerson()];
    await admin.submit("/admin/invitations", { email, role: "editor" });
    const link = linkIn(await mailAbout(email, /invite/i), "/invitations/");
    return button(visitor(), link, /Your account is ready|accepted/, { username, password });
  },
  "cancel the deletion of the account": async () => {
    const ada = await member();
    await (await User.findOne({ username: ada.username }).orFail()).scheduleDeletion("keep");
    return {
      who: ada,
      page: "/account/deletion",
      action: "/account/deletion/cancel",
      says: /Your account won&#39;t be deleted|Hello, /,
    };
  },
  "end the other sessions": async () => {
    const ada = await member();
    await visitor().submit("/login", { login: ada.username, password: ada.password });
    const page = "/account/sessions";
    return { who: ada, page, action: `${page}/end-others`, says: /logged out on all other devices/ };
  },
  "enable a user": async () => {
    const [admin, ada] = [await withRole("superadmin"), await member()];
    await (await User.findOne({ username: ada.username }).orFail()).disable();
    const page = `/admin/users/${await getId(ada)}`;
    return { who: admin, page, action: `${page}/enable`, says: /<h1/ };
  },
  "confirm the password": async () => {
    const ada = await member();
    return button(ada, "/reauthenticate", /Hello, |You have already confirmed it/, { password: ada.password });
  },
  "revoke an invitation": async () => {
    const [who, page] = [await withRole("superadmin"), "/admin/invitations"];
    await who.submit(page, { email: newPerson().email, role: "editor" });
    const action = /action="([^"]+\/revoke)"/.exec((await who.get(page)).text)?.[1] ?? "";
    return { who, page, action, says: /<h1/ };
  },
  "create a post": async () => ({
    ...button(await member(), "/posts/new", /A gate/, { title: "A gate", body: "Text.", visibility: "draft" }),
    action: "/posts",
  }),
};

const read = async (who: Visitor, location: string | null): Promise<string> => {
  const page = await who.get(location ?? "");
  return page.status === 303 ? read(who, page.location) : page.text;
};

/** Opens the form and returns its hidden fields. */
async function opened({ who, page, action, typed }: Case): Promise<Fields> {
  const { text } = await who.get(page);
  assert.ok(text.includes(`action="${action}"`), `${page} has the form`);
  return { ...hiddenFields(text, action), ...typed };
}

describe("a form whose action is already done says so:", () => {
  for (const [name, prepare] of Object.entries(cases)) {
    test(`${name}, sent again from a second tab`, async () => {
      const one = await prepare();
      const fields = await opened(one);
      assert.equal((await one.who.send(one.action, fields)).status, 303);
      const second = await one.who.send(one.action, fields);
      assert.equal(second.status, 303, second.text);
      const page = await read(one.who, second.location);
      assert.match(page, one.says);
      assert.doesNotMatch(page, /expired|no longer valid/);
    });

    test(`${name}, pressed twice at once`, async () => {
      const one = await prepare();
      const fields = await opened(one);
      const answers = await Promise.all([one.who.send(one.action, fields), one.who.send(one.action, fields)]);
      for (const answer of answers) assert.equal(answer.status, 303, answer.text);
      assert.match(await read(one.who, answers[1]?.location ?? null), one.says);
    });
  }
});

describe("a visitor's form sent after a login in another tab shows the current state:", () => {
  const forms: Record<string, [typed: Fields, says: RegExp]> = {
    "/login": [{ login: "ada", password: "sturdy-Gate-in-the-wall" }, /You are already logged in as person/],
    "/register": [newPerson(), /You are already logged in as person/],
    "/email-confirmation": [{ email: "ada@example.org" }, /Your email address is confirmed/],
  };
  for (const [page, [typed, says]] of Object.entries(forms)) {
    test(page, async () => {
      const [who, { username: login, password }] = [visitor(), await member()];
      const fields = await opened({ who, page, action: page, typed, says });
      await who.submit("/login", { login, password });
      const answer = await who.send(page, { ...fields, _return_to: "/account/profile" });
      assert.deepEqual([answer.status, answer.location], [303, "/account/profile"], answer.text);
      assert.match(await read(who, answer.location), says);
    });
  }

  test("the password is asked for again if it was confirmed too long ago", async () => {
    const ada = await member();
    const fields = await opened(button(ada, "/reauthenticate", /./, { password: ada.password }));
    assert.equal((await ada.send("/reauthenticate", fields)).status, 303);
    mock.timers.enable({ apis: ["Date"], now: Date.now() + RECENT_MS });
    try {
      assert.equal((await ada.send("/reauthenticate", fields)).status, 403);
    } finally {
      mock.timers.reset();
    }
  });
});

/** Buttons that remove something. A second click gets 404, as for users who may not see the thing. */
const removals: Record<string, () => Promise<Omit<Case, "says">>> = {
  "delete a post": async () => {
    const ada = await member();
    const [, , id] = (await post(ada)).split("/");
    return { who: ada, page: `/posts/${id}/edit`, action: `/posts/${id}/delete` };
  },
  "end another session": async () => {
    const ada = await member();
    await visitor().submit("/login", { login: ada.username, password: ada.password });
    const page = "/account/sessions";
    const [, , action = ""] = [...(await ada.get(page)).text.matchAll(/action="([^"]+)"/g)].map(([, found]) => found);
    return { who: ada, page, action };
  },
  "revoke a token": async () => {
    const ada = await member();
    const page = "/account/api-tokens";
    await ada.submit(page, { description: "Backup", scopes: "account.read", expiresInDays: "30" });
    return { who: ada, page, action: /action="([^"]+revoke)"/.exec((await ada.get(page)).text)?.[1] ?? "" };
  },
};

describe("a second click on a button that removes something says that it no longer exists:", () => {
  for (const [name, prepare] of Object.entries(removals)) {
    test(name, async () => {
      const one = { ...(await prepare()), says: /./ };
      const fields = await opened(one);
      const answers = [await one.who.send(one.action, fields), await one.who.send(one.action, fields)];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [303, 404],
      );
      assert.match(answers[1]?.text ?? "", /<h1>This no longer exists<\/h1>[\s\S]*already have been removed/);
    });
  }
});

test("a form with a forged token does not use up a link", async () => {
  const { ada, link } = await linked("not-me");
  const fields = { _csrf: "forged" };
  assert.equal((await ada.send(link, fields)).status, 403);
  assert.equal((await ada.get("/dashboard")).status, 200);
});

test("a form from another site gets 403, not a redirect", async () => {
  for (const path of ["/logout", "/login"]) {
    const answer = await visitor().send(
      path,
      { _csrf: "" },
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    );
    assert.equal(answer.status, 403);
  }
});

describe("a browser without cookies gets a message:", () => {
  for (const [path, typed] of Object.entries<Fields>({
    "/login": { login: "ada", password: "sturdy-Gate-in-the-wall" },
    "/register": { ...newPerson() },
    "/password-reset": { email: "ada@example.org" },
    "/email-confirmation": { email: "ada@example.org" },
  })) {
    test(path, async () => {
      const _csrf = hiddenFields((await visitor().get(path)).text, path)._csrf ?? "";
      const answer = await visitor().send(path, { _csrf, ...typed });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /Your browser sent no cookies/);
      assert.match(answer.text, /Allow cookies for this site/);
      assert.doesNotMatch(answer.text, /expired|sturdy/);
    });
  }
});

describe("a site opened under another name shows BASE_URL:", () => {
  const { host } = new URL(origin);
  const names: Record<string, Fields> = {
    "in a browser that sends Sec-Fetch-Site": { origin: "https://other.example", "sec-fetch-site": "same-origin" },
    "in a browser that does not": { origin: `http://${host}` },
  };
  for (const [name, headers] of Object.entries(names)) {
    test(name, async () => {
      const answer = await visitor().send("/login", { login: "ada", password: "x" }, headers);
      assert.equal(answer.status, 403);
      assert.match(answer.text, new RegExp(`Its address is ${process.env.BASE_URL ?? "http://localhost:3000"}`));
      assert.doesNotMatch(answer.text, /expired/);
    });
  }
});
