import "../support/environment.js";
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { hasAddress } from "../../src/definitions/features.js";
import { getProof, type Proof, proofs } from "../../src/definitions/proofs.js";
import { endpoints } from "../../src/forms/api/index.js";
import { ApiSession } from "../../src/models/api-session.js";
import { Domain } from "../../src/models/domain.js";
import { Invitation } from "../../src/models/invitation.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { machineRoutes, pageRoutes } from "../../src/routes/index.js";
import { listMountedRoutes } from "../../src/web/mount.js";
import { readToken as apiTokenOf } from "../support/api/tokens.js";
import { loggedIn, program } from "../support/api.js";
import { type Member, member, newPerson, withRole } from "../support/users.js";
import { readToken, visitor } from "../support/visitor.js";

const HOUR_MS = 60 * 60_000;
const known = listMountedRoutes([...machineRoutes, ...pageRoutes]).map(({ method, path }) => `${method} ${path}`);
const rows = Object.entries(proofs)
  .filter(([path]) => hasAddress(path))
  .flatMap(([path, row]) => Object.entries(row).map(([method, proof]) => ({ method, path, proof })));
const isApi = (path: string) => path.startsWith("/api/");

test("the table of proofs has a row for every address and no others", () => {
  assert.deepEqual(rows.map(({ method, path }) => `${method} ${path}`).sort(), [...new Set(known)].sort());
  assert.throws(() => getProof("POST", "/admin/new"), /no row/);
});

/** Requests that grant a role, give access, export user data, or cannot be undone. Removing a line is a decision. */
const heavy = [
  "POST /account/api-tokens",
  "POST /account/addresses/remove",
  "POST /account/password/remove",
  "POST /account/passkeys",
  "POST /account/passkeys/:id/rename",
  "POST /account/passkeys/:id/remove",
  "POST /account/export",
  "GET /account/export/:id/data.json",
  "GET /account/export/:id/data.zip",
  "POST /admin/domains/:slug",
  "POST /admin/domains/:slug/delete",
  "POST /admin/invitations",
  "POST /admin/invitations/:id/resend",
  "POST /admin/webhooks",
  "POST /admin/webhooks/:id/edit",
  "POST /admin/webhooks/:id/delete",
  "POST /admin/webhooks/:id/rotate",
  "POST /admin/webhooks/:id/resume",
  "POST /admin/users/bulk",
  "GET /admin/users/export.csv",
  "POST /admin/users/:id/enable",
  "POST /admin/users/:id/impersonate",
  "POST /admin/users/:id/profile",
  "POST /admin/users/:id/roles",
  "POST /admin/users/:id/delete",
  "POST /api/v1/users",
  "PATCH /api/v1/users/:id",
  "DELETE /api/v1/users/:id",
  "POST /api/v1/users/:id/roles",
  "DELETE /api/v1/users/:id/roles",
  "DELETE /api/v1/users/:id/roles/:role",
  "POST /api/v1/tokens",
  "DELETE /api/v1/domains/:slug",
  "POST /api/v1/domains/:slug/members",
  "PATCH /api/v1/domains/:slug/members/:id",
  "POST /api/v1/invitations",
  "POST /api/v1/invitations/:id/resend",
  "DELETE /api/v1/users/me/recovery-email",
  "DELETE /api/v1/users/me/factors",
  "DELETE /api/v1/users/me/factors/authenticator",
  "POST /api/v1/users/me/export",
  "GET /api/v1/users/me/export/:id/data.json",
  "GET /api/v1/users/me/export/:id/data.zip",
];
const takesRecent = (proof: Proof) => proof === "recent" || typeof proof !== "string";

test("sensitive actions require a recent login", () => {
  for (const address of heavy) {
    const [method = "", path = ""] = address.split(" ");
    assert.ok(takesRecent(getProof(method, path)), address);
  }
});

let root: Member;
let subject: Member;
let ids: Record<string, string>;
before(async () => {
  root = await withRole("superadmin");
  subject = await member();
  await Domain.open({ name: "The garden club", slug: "garden-club" });
  const zeros = "0".repeat(24);
  ids = { id: (await findAccount(subject)).id, slug: "garden-club", token: zeros, handle: zeros, name: "none" };
  await root.get("/dashboard");
  await grow();
});

const findAccount = ({ username }: { username: string }) => User.findOne({ username }).orFail();

/** Makes the last proof of identity an hour old. */
async function grow(): Promise<void> {
  const which = { "session.passport.user": (await findAccount(root))._id };
  await Session.collection.updateMany(which, { $set: { "session.authenticatedAt": Date.now() - HOUR_MS } });
}

const filled = (path: string) => path.replace(/:(\w+)/g, (_, part: string) => ids[part] ?? root.username);

async function send(method: string, path: string, fields: Record<string, string> = {}) {
  const query = new URLSearchParams(fields).toString();
  if (method === "GET") return root.get(filled(path) + (query && `?${query}`));
  const _csrf = readToken((await root.get("/posts/new")).text);
  return root.send(filled(path), { _csrf, ...fields });
}

/** For requests whose fields decide which proof they need: fields for which a login is enough. */
const light: Record<string, Record<string, string>[]> = {
  "POST /admin/domains/:slug": [{ user: "nobody-here", role: "user" }],
  "POST /admin/invitations": [{ email: "new@example.org", role: "user" }],
  "GET /admin/users/bulk": [{}, { action: "disable" }, { action: "end-sessions" }],
  "POST /admin/users/bulk": [{}, { action: "disable" }, { action: "send-reset" }],
};
const weighty: Record<string, Record<string, string>[]> = {
  "POST /admin/domains/:slug": [{ role: "admin" }, { role: "editor" }, {}, { role: "User" }],
  "POST /admin/invitations": [{ role: "superadmin" }, { role: "admin" }, { role: "editor" }, {}, { role: " user" }],
  "GET /admin/users/bulk": [{ action: "enable" }, { action: "anything" }],
  "POST /admin/users/bulk": [{ action: "enable" }, { action: "anything" }],
};

async function everything() {
  const [people, domains, invitations] = await Promise.all([
    User.find().select("username roles disabledAt deletion email").lean(),
    Domain.find().lean(),
    Invitation.find().select("email role domain sentAt revokedAt").lean(),
  ]);
  return JSON.stringify({ people, domains, invitations });
}

type Answer = Awaited<ReturnType<typeof send>>;

/** Returns the page to open after the password, or null if the answer, to a page or a form, does not ask for it. */
function backAfterPassword({ status, location, text }: Answer, isForm: boolean): string | null {
  if (!isForm) {
    const { pathname, searchParams } = new URL(location ?? "/", "http://localhost");
    return status === 303 && pathname === "/reauthenticate" ? (searchParams.get("return_to") ?? "") : null;
  }
  const keeps = /<form[^>]*action="\/reauthenticate"[^>]*>[\s\S]*?name="_typed" value="[\w-]{40,}"/.test(text);
  return status === 401 && keeps ? "/" : null;
}
const asksForPassword = (answer: Answer) => backAfterPassword(answer, false) ?? backAfterPassword(answer, true);

describe("pages with a login from an hour ago", () => {
  for (const { method, path, proof } of rows.filter(({ path }) => !isApi(path))) {
    const address = `${method} ${path}`;
    if (takesRecent(proof)) {
      test(`${address} asks for the password and changes nothing`, async () => {
        const before = await everything();
        for (const fields of typeof proof === "string" ? [{}] : (weighty[address] ?? assert.fail("no fields"))) {
          const answer = await send(method, path, fields);
          const isForm = method === "POST" && Object.keys(fields).length > 0;
          const back = backAfterPassword(answer, isForm);
          assert.ok(back, `${JSON.stringify(fields)}: ${answer.status} ${answer.location}`);
          const page = await visitor().get(back);
          assert.ok(![404, 405].includes(page.status), `the return address is not a page: ${back}`);
        }
        assert.equal(await everything(), before);
      });
    }
    if (typeof proof === "string" && proof !== "recent" && !["/logout", "/impersonation/end"].includes(path)) {
      test(`${address} does not ask for the password`, async () => {
        assert.equal(asksForPassword(await send(method, path)), null);
        await grow();
      });
    }
    for (const fields of light[address] ?? []) {
      test(`${address} does not ask for the password with ${JSON.stringify(fields)}`, async () => {
        assert.equal(asksForPassword(await send(method, path, fields)), null);
      });
    }
    if (proof === "login" || proof === "password") {
      test(`${address} sends visitors to the login`, async () => {
        const browser = visitor();
        const _csrf = readToken((await browser.get("/password-reset")).text);
        const at = filled(path);
        const answer = method === "GET" ? await browser.get(at) : await browser.send(at, { _csrf });
        const wanted =
          method === "GET" && !["/dashboard", "/reauthenticate"].includes(path)
            ? `?${new URLSearchParams({ return_to: at })}`
            : "";
        assert.equal(answer.location, `/login${wanted}`);
      });
    }
    if (proof === "password" && method === "POST") {
      test(`${address} asks for the password in its own form`, async () => {
        const sent = { email: "other@example.org", password: "another-sturdy-Gate-1", posts: "keep" };
        const wrong = { ...sent, currentPassword: "wrong" };
        for (const fields of [{}, wrong]) assert.ok([401, 422].includes((await send(method, path, fields)).status));
      });
    }
  }

  test("after the user confirms the password, the same form is accepted", async () => {
    assert.equal((await root.submit("/reauthenticate", { password: root.password })).status, 303);
    const form = { email: "new-admin@example.org", role: "superadmin" };
    assert.equal((await send("POST", "/admin/invitations", form)).location, "/admin/invitations");
  });
});

describe("API clients with a login from an hour ago", () => {
  const bodies: Record<string, { heavy: object[]; light: object[] }> = {
    "PATCH /api/v1/users/:id": {
      heavy: [
        { disabled: false },
        {},
        { disabled: "true" },
        { disabled: true, reason: "Spam.", email: "new@example.org" },
        { username: "new-name" },
      ],
      light: [{ disabled: true }, { disabled: true, reason: 7 }],
    },
    "POST /api/v1/domains/:slug/members": {
      heavy: [{ user: "nobody-here", role: "admin" }, { role: "editor" }, {}, { role: ["user"] }],
      light: [{ user: "nobody-here", role: "user" }],
    },
    "PATCH /api/v1/domains/:slug/members/:id": {
      heavy: [{ role: "admin" }, { role: "editor" }, {}, { role: ["user"] }],
      light: [{ role: "user" }],
    },
    "POST /api/v1/invitations": {
      heavy: [{ email: "new@example.org", role: "admin" }, { email: "new@example.org" }, { role: ["user"] }],
      light: [{ email: "by-api@example.org", role: "user" }],
    },
  };
  for (const call of endpoints) {
    const method = call.method.toUpperCase();
    const path = `/api/v1${call.path}`;
    const address = `${method} ${path}`;
    const proof = getProof(method, path);
    if (proof === "nothing" || proof === "link" || call.path === "/auth/logout") continue;
    test(`${address}: ${takesRecent(proof) ? "403, and how to log in again" : "no recent login needed"}`, async () => {
      const old = await loggedIn(root);
      await ApiSession.updateMany({ user: (await findAccount(root))._id }, { beganAt: new Date(Date.now() - HOUR_MS) });
      const ask = (body?: object) => old.call(method, filled(call.path), method === "GET" ? undefined : (body ?? {}));
      const before = await everything();
      const isTooOld = ({ headers }: { headers: Headers }) =>
        /insufficient_user_authentication/.test(headers.get("www-authenticate") ?? "");
      for (const body of takesRecent(proof) ? (bodies[address]?.heavy ?? [{}]) : []) {
        const answer = await ask(body);
        assert.equal(answer.status, 403);
        assert.ok(isTooOld(answer));
        assert.match(answer.body.detail, /Log in again \(POST \/api\/v1\/auth\/login\)/);
      }
      assert.equal(await everything(), before);
      for (const body of takesRecent(proof) ? (bodies[address]?.light ?? []) : [{}])
        assert.ok(!isTooOld(await ask(body)), JSON.stringify(body));
    });
  }

  test("an API token with the scope for a sensitive call needs no recent login", async () => {
    const { token } = await apiTokenOf(root, "invitations.manage", "users.read");
    await ApiSession.updateMany({ user: (await findAccount(root))._id }, { beganAt: new Date(Date.now() - HOUR_MS) });
    const answer = await program(token).post("/users", newPerson());
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  });
});
