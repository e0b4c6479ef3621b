import "../support/environment.js";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accountRules } from "../../src/definitions/account-rules.js";
import { endpoints } from "../../src/forms/api/index.js";
import { AuditEvent } from "../../src/models/audit-event.js";
import { User } from "../../src/models/user.js";
import { hooks } from "../../src/services/hooks/account-hooks.js";
import { loggedIn, program } from "../support/api.js";
import { linkIn, mailAbout, mailsTo } from "../support/mailbox.js";
import { createdAccount } from "../support/users/accounts.js";
import { sendSignUp } from "../support/users/passkeys.js";
import { type Member, member, newPerson, signedUp, withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

// The rules and hooks of an installation (definitions/account-rules.ts, site/account-hooks.ts) must hold wherever an email or a
// username comes in, and wherever somebody logs in.

const NO_EMAIL = "Use your address at corp.example.";
const NO_NAME = "Names that begin with zz are reserved.";
const isAllowed = (email: string) => email.endsWith("@corp.example") || email.endsWith("@example.org");

const { findEmailProblem, findUsernameProblem } = accountRules;
after(() => Object.assign(accountRules, { findEmailProblem, findUsernameProblem }));

let admin: Member;
before(async () => {
  admin = await withRole("superadmin");
  accountRules.findEmailProblem = (email) => (isAllowed(email) ? null : NO_EMAIL);
  accountRules.findUsernameProblem = (username) => (username.startsWith("zz") ? NO_NAME : null);
});

type Answer = { status: number; text?: string; body?: { errors?: { pointer: string; detail: string }[] } };
/** A place where an email or a username comes in, and what it is answered there. */
type Door = { email?: (email: string) => Promise<Answer>; username?: (username: string) => Promise<Answer> };

const outsider = () => `someone-${newPerson().username}@elsewhere.example`;
const reserved = () => `zz${newPerson().username}`.slice(0, 30);
const manage = async () => `/admin/users/${(await member()).id}/profile`;

/** Sends an invitation to an address that the rules did not refuse yet, and returns the link. */
async function invited(email: string): Promise<string> {
  const { findEmailProblem } = accountRules;
  accountRules.findEmailProblem = () => null;
  const sent = await admin.submit("/admin/invitations", { email, role: "user", domain: "" });
  accountRules.findEmailProblem = findEmailProblem;
  assert.equal(sent.status, 303, sent.text);
  return linkIn(await mailAbout(email, /invite/i, "/invitations/"), "/invitations/");
}

const accept = async (email: string, username: string) => {
  const link = await invited(email);
  return visitor().submit(link, { username, password: newPerson().password });
};
const acceptByProgram = async (email: string, username: string) => {
  const token = (await invited(email)).slice("/invitations/".length);
  return program().post("/invitations/accept", { token, username, password: newPerson().password });
};
const edit = async (change: Record<string, string>) =>
  (await loggedIn(admin)).patch(`/users/${(await member()).id}`, change);

const doors: Record<string, Door> = {
  "POST /register": {
    email: (email) => visitor().submit("/register", { ...newPerson(), email }),
    username: (username) => visitor().submit("/register", { ...newPerson(), username }),
  },
  "POST /register/passkey": {
    email: (email) => sendSignUp(visitor(), { ...newPerson(), email }),
    username: (username) => sendSignUp(visitor(), { ...newPerson(), username }),
  },
  "POST /email-confirmation": {
    email: async (email) => (await signedUp()).submit("/email-confirmation", { email }),
  },
  "POST /account/email": {
    email: async (email) => {
      const ada = await member();
      return ada.submit("/account/email", { email, currentPassword: ada.password });
    },
  },
  "POST /account/addresses": {
    email: async (email) => {
      const ada = await member();
      return ada.submit("/account/addresses", { email, currentPassword: ada.password });
    },
  },
  "POST /account/profile": { username: async (username) => (await member()).submit("/account/profile", { username }) },
  "POST /admin/invitations": {
    email: (email) => admin.submit("/admin/invitations", { email, role: "user", domain: "" }),
  },
  "POST /admin/users/:id/profile": {
    email: async (email) => admin.submit(await manage(), { email }),
    username: async (username) => admin.submit(await manage(), { username }),
  },
  "POST /invitations/:token": {
    email: (email) => accept(email, newPerson().username),
    username: (username) => accept(newPerson().email, username),
  },
  "POST /api/v1/auth/register": {
    email: (email) => program().post("/auth/register", { ...newPerson(), email }),
    username: (username) => program().post("/auth/register", { ...newPerson(), username }),
  },
  "POST /api/v1/invitations": {
    email: async (email) => (await loggedIn(admin)).post("/invitations", { email, role: "user" }),
  },
  "POST /api/v1/invitations/accept": {
    email: (email) => acceptByProgram(email, newPerson().username),
    username: (username) => acceptByProgram(newPerson().email, username),
  },
  "POST /api/v1/users": {
    email: async (email) => (await loggedIn(admin)).post("/users", { username: newPerson().username, email }),
    username: async (username) => (await loggedIn(admin)).post("/users", { username, email: newPerson().email }),
  },
  "PATCH /api/v1/users/:id": { email: (email) => edit({ email }), username: (username) => edit({ username }) },
  "PATCH /api/v1/users/me": {
    username: async (username) => (await loggedIn(await member())).patch("/users/me", { username }),
  },
  "POST /api/v1/users/me/email": {
    email: async (email) => {
      const ada = await member();
      return (await loggedIn(ada)).post("/users/me/email", { email, currentPassword: ada.password });
    },
  },
  "POST /api/v1/users/me/recovery-email": {
    email: async (email) => {
      const ada = await member();
      return (await loggedIn(ada)).post("/users/me/recovery-email", { email, currentPassword: ada.password });
    },
  },
};

/** Calls in which an email or a username only names an existing account. */
const namesOnly = [
  "POST /api/v1/auth/login",
  "POST /api/v1/auth/send-confirmation",
  "POST /api/v1/auth/password-reset",
  "PUT /api/v1/domains/:slug/members/:user",
];

test("every API call that takes an email or a username has its row", () => {
  const takes = (body: unknown) => {
    const { shape = {} } = (body ?? {}) as { shape?: object };
    return "email" in shape || "username" in shape;
  };
  const taking = endpoints
    .filter(({ body }) => takes(body))
    .map(({ method, path }) => `${method.toUpperCase()} /api/v1${path}`);
  assert.ok(taking.length > 5);
  assert.deepEqual(
    taking.filter((call) => !(call in doors) && !namesOnly.includes(call)),
    [],
  );
});

function shows({ status, text = "", body }: Answer, message: string, field: string): void {
  assert.equal(status, 422, text);
  if (body?.errors) assert.deepEqual(body.errors[0], { pointer: `#/${field}`, detail: message });
  else assert.ok(text.includes(message), text);
}

for (const [door, { email, username }] of Object.entries(doors)) {
  describe(door, () => {
    if (email)
      test("refuses an email that the rule does not allow, and sends nothing to it", async () => {
        const address = outsider();
        const before = door.includes("invitations/") || door.includes(":token") ? 1 : 0; // the invitation itself
        shows(await email(address), NO_EMAIL, "email");
        assert.equal(await User.exists({ email: address }), null);
        assert.equal((await mailsTo(address)).length, before);
      });
    if (email)
      test("accepts one that it allows", async () => {
        const { status, text, body } = await email(`${newPerson().username}@corp.example`);
        assert.ok([200, 201, 202, 303].includes(status), `${status} ${text} ${JSON.stringify(body)}`);
      });
    if (username)
      test("refuses a username that the rule does not allow", async () => {
        const name = reserved();
        shows(await username(name), NO_NAME, "username");
        assert.equal(await User.exists({ username: name }), null);
      });
  });
}

test("existing accounts keep an email and a username that new ones could not have", async () => {
  const person = { ...newPerson(), username: reserved(), email: outsider() };
  assert.ok(await createdAccount(person, true));
  const browser = visitor();
  assert.equal((await browser.submit("/login", { login: person.email, password: person.password })).status, 303);
  assert.equal(
    (await browser.submit("/account/profile", { username: person.username, bio: "Still here." })).status,
    303,
  );
  assert.equal((await visitor().submit("/password-reset", { email: person.email })).status, 303);
  await mailAbout(person.email, /password/i, "/password-reset/");
});

describe("the hook before a registration", () => {
  const asked: object[] = [];
  test("refuses every way to open an account, with its message", async (t) => {
    t.mock.method(hooks, "beforeRegistration", async (_actor: unknown, newcomer: object) => {
      asked.push(newcomer);
      return "No new accounts on Sundays.";
    });
    const person = newPerson();
    const page = await visitor().submit("/register", person);
    assert.equal(page.status, 422);
    assert.match(page.text, /No new accounts on Sundays\./);
    assert.ok(page.text.includes(person.email), "what was typed is still there");
    assert.deepEqual(asked, [{ username: person.username, email: person.email, profile: {} }]);
    const call = await program().post("/auth/register", newPerson());
    assert.deepEqual(call.body.errors, [{ pointer: "#", detail: "No new accounts on Sundays." }]);
    assert.equal((await accept(newPerson().email, newPerson().username)).status, 422);
    const byAdmin = { username: newPerson().username, email: newPerson().email };
    assert.equal((await (await loggedIn(admin)).post("/users", byAdmin)).status, 422);
    assert.equal(await User.exists({ username: person.username }), null);
  });

  test("is asked again when the unconfirmed address is corrected", async (t) => {
    const [eve, other] = [await signedUp(), newPerson().email];
    t.mock.method(hooks, "beforeRegistration", async (_actor: unknown, { email }: { email: string }) =>
      email === other ? "This address is not in the directory." : null,
    );
    const page = await eve.submit("/email-confirmation", { email: other });
    assert.equal(page.status, 422);
    assert.match(page.text, /not in the directory/);
    const { id } = await User.findOne({ username: eve.username }).orFail();
    assert.equal((await admin.submit(`/admin/users/${id}/profile`, { email: other })).status, 422);
  });

  test("an invitation that it refused can still be accepted", async (t) => {
    const link = await invited(newPerson().email);
    const chosen = { username: newPerson().username, password: newPerson().password };
    const refusal = t.mock.method(hooks, "beforeRegistration", async () => "Not now.");
    assert.equal((await visitor().submit(link, chosen)).status, 422);
    refusal.mock.restore();
    assert.equal((await visitor().submit(link, chosen)).status, 303);
  });
});

describe("the hook before a login", () => {
  const NOT_NOW = "You can log in between 08:00 and 18:00.";

  test("refuses every way to log in, and only to users who proved who they are", async (t) => {
    const ada = await member();
    const remembered = visitor();
    await remembered.submit("/login", { login: ada.username, password: ada.password, remember: "on" });
    remembered.cookies.delete("sid");
    const session = await loggedIn(ada);
    const fresh = await signedUp();
    const link = linkIn(await mailAbout(fresh.email, /Confirm/, "/email-confirmation/"), "/email-confirmation/");
    const invitation = await invited(newPerson().email);

    const hook = t.mock.method(hooks, "beforeLogin", async () => NOT_NOW);
    const page = await visitor().submit("/login", { login: ada.username, password: ada.password });
    assert.equal(page.status, 403);
    assert.match(page.text, /You can(&#39;|')t log in[\s\S]*between 08:00 and 18:00/);
    const wrong = await visitor().submit("/login", { login: ada.username, password: "wrong-Lantern-by-the-sea" });
    assert.equal(wrong.status, 401);
    assert.doesNotMatch(wrong.text, /between 08:00 and 18:00/);
    const call = await program().post("/auth/login", { username: ada.username, password: ada.password });
    assert.deepEqual([call.status, call.body.type, call.body.detail], [403, "/problems/login-refused", NOT_NOW]);
    const refreshed = await program().post("/auth/refresh", { refresh_token: session.tokens.refresh_token });
    assert.deepEqual([refreshed.status, refreshed.body.type], [403, "/problems/login-refused"]);
    assert.match((await remembered.get("/dashboard")).location ?? "", /^\/login/);
    assert.equal((await remembered.get("/posts")).status, 200, "visitors' pages stay open");
    assert.equal((await fresh.submit(link, {})).status, 403);
    const chosen = { username: newPerson().username, password: newPerson().password };
    assert.equal((await visitor().submit(invitation, chosen)).status, 403);
    assert.equal((await ada.get("/dashboard")).status, 200, "sessions that exist continue");
    hook.mock.restore();
    assert.equal((await remembered.get("/dashboard")).status, 200, "the browser stays remembered");
  });

  test("a refused login is not recorded as one", async (t) => {
    const ada = await member();
    const count = async () => (await AuditEvent.listForUser(ada.id)).events.filter(isLogin).length;
    const before = await count();
    t.mock.method(hooks, "beforeLogin", async () => NOT_NOW);
    await visitor().submit("/login", { login: ada.username, password: ada.password });
    assert.equal(await count(), before);
  });
});

const isLogin = ({ event }: { event: string }) => event === "session.started";

test("claims of the installation are in each access token, and cannot replace ours", async (t) => {
  const ada = await member();
  const asked = t.mock.method(hooks, "addClaims", async ({ id }: { id: string }) => ({
    department: `of ${id}`,
    sub: "0".repeat(24),
    epoch: 99,
    auth_time: 4_000_000_000,
  }));
  const session = await loggedIn(ada);
  const again = await program().post("/auth/refresh", { refresh_token: session.tokens.refresh_token });
  for (const token of [session.tokens.access_token, again.body.access_token]) {
    const claims = JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString());
    assert.deepEqual([claims.department, claims.sub, claims.epoch], [`of ${ada.id}`, ada.id, 0]);
    assert.equal(claims.auth_time, undefined);
    assert.equal((await program(token).get("/users/me")).body.id, ada.id);
  }
  assert.equal(asked.mock.callCount(), 2);
});
