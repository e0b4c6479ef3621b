import "../support/app.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOnceKey } from "../../src/lib/once-keys.js";
import { Device } from "../../src/models/device.js";
import { Session } from "../../src/models/session.js";
import { User } from "../../src/models/user.js";
import { listEvents, press, subjectsTo, tryEveryFailure, type UseCase } from "../support/forms/half-done.js";
import { account, createdAccount } from "../support/users/accounts.js";
import { type Member, member, newPerson, withRole } from "../support/users.js";
import { type Visitor, visitor } from "../support/visitor.js";

// All ways in which users start and end sessions, and the support actions of admins.

type Two = { ada: Member; other: Visitor; handle: string; once: string };
const root = await withRole("superadmin");
const begun = ["session.started"];
const listSessions = ({ id }: { id: string }) => Session.count(id);

/** Creates a user who is logged in on two devices; `handle` is the id of the other device. */
async function onTwo(): Promise<Two> {
  const ada = await member();
  const [first] = await Device.listForUser(ada.id);
  const other = visitor();
  await other.submit("/login", { login: ada.username, password: ada.password });
  const handle = (await Device.listForUser(ada.id))
    .map(({ _id }) => String(_id))
    .find((id) => id !== String(first?._id));
  return { ada, other, handle: handle ?? "", once: createOnceKey() };
}

const elsewhere: UseCase<Two>[] = [
  {
    name: "logging out another device",
    prepare: onTwo,
    act: ({ ada, handle, once }, fault) => press(ada, `/account/sessions/${handle}/end`, { once }, { fault }),
    async check({ ada }) {
      assert.deepEqual(await listEvents(ada, begun), ["session.ended-elsewhere"]);
      assert.equal(await listSessions(ada), 1);
      assert.equal((await ada.get("/account/sessions")).status, 200);
    },
  },
  {
    name: "logging out all other devices",
    prepare: onTwo,
    act: ({ ada, once }, fault) => press(ada, "/account/sessions/end-others", { once }, { fault }),
    async check({ ada }) {
      assert.deepEqual(await listEvents(ada, begun), ["session.ended-others"]);
      assert.equal(await listSessions(ada), 1);
      assert.equal((await ada.get("/account/sessions")).status, 200);
    },
  },
  {
    name: "logging out",
    prepare: onTwo,
    act: ({ ada }, fault) => press(ada, "/logout", {}, { fault }),
    async check({ ada }) {
      assert.deepEqual(await listEvents(ada, begun), ["session.ended"]);
      assert.equal(await listSessions(ada), 1, "the other device stays logged in");
      assert.equal((await ada.get("/dashboard")).location, "/login");
    },
  },
];

const repeated = "the user logs in again: two sessions and two events, as it should be";
const logins = [true, false].map(
  (isKnown): UseCase<{ ada: Member; browser: Visitor }> => ({
    name: `logging in with a ${isKnown ? "known" : "new"} browser`,
    async prepare() {
      const ada = await member();
      if (isKnown) ada.cookies.delete("sid");
      return { ada, browser: isKnown ? ada : visitor() };
    },
    act: ({ ada, browser }, fault) =>
      press(browser, "/login", { login: ada.username, password: ada.password }, { fault, page: "/login" }),
    async check({ ada, browser }) {
      assert.deepEqual(await listEvents(ada), [...begun, ...begun]);
      assert.equal(await listSessions(ada), 2);
      assert.equal((await Device.listForUser(ada.id)).length, isKnown ? 1 : 2);
      assert.equal((await subjectsTo(ada.email)).length, isKnown ? 0 : 1, "an email about the new browser");
      assert.equal((await browser.get("/dashboard")).status, 200);
    },
    except: { "lost-outage": repeated },
  }),
);

type Acting = { admin: Member; ada: Awaited<ReturnType<typeof account>>; once: string };
const apart = async (): Promise<Acting> => ({
  admin: await withRole("admin"),
  ada: await account(),
  once: createOnceKey(),
});
const start = ({ admin, ada, once }: Acting, fault: Parameters<UseCase["act"]>[1]) =>
  press(admin, `/admin/users/${ada.id}/impersonate`, { reason: "To help.", once }, { fault });
async function together(): Promise<Acting> {
  const there = await apart();
  assert.equal((await start(there, { headers: {} } as never)).location, "/dashboard");
  return there;
}
const wasTold = ["impersonation.started", ...begun];

const impersonations: UseCase<Acting>[] = [
  {
    name: "starting an impersonation",
    prepare: apart,
    act: start,
    async check({ admin, ada }) {
      assert.deepEqual(await listEvents(ada), ["impersonation.started"]);
      assert.match((await admin.get("/dashboard")).text, new RegExp(ada.username));
      assert.equal(await listSessions(ada), 1);
    },
  },
  {
    name: "ending an impersonation",
    prepare: together,
    act: ({ admin }, fault) => press(admin, "/impersonation/end", {}, { fault, page: "/posts/new" }),
    async check({ admin, ada }) {
      assert.deepEqual(await listEvents(ada, wasTold), ["impersonation.ended"]);
      assert.equal(await listSessions(ada), 0);
      assert.match((await admin.get("/dashboard")).text, new RegExp(admin.username));
    },
  },
  {
    name: "logging out during an impersonation",
    prepare: together,
    act: ({ admin }, fault) => press(admin, "/logout", {}, { fault, page: "/posts/new" }),
    async check({ admin, ada }) {
      assert.deepEqual(await listEvents(ada, wasTold), ["impersonation.ended"]);
      assert.deepEqual(await listEvents(admin, wasTold), ["impersonation.ended", "session.ended"]);
      assert.equal((await admin.get("/dashboard")).location, "/login");
    },
  },
];

type Help = { what: string; events: string[]; subjects: number; isWaiting?: boolean };
const help: Help[] = [
  { what: "end-sessions", events: ["session.ended-by-us"], subjects: 0 },
  { what: "send-reset", events: ["password.reset-offered"], subjects: 1 },
  { what: "send-confirmation", events: ["email.confirmation-offered"], subjects: 1, isWaiting: true },
];
type Helped = { people: { id: string; email: string }[]; once: string };

async function waiting() {
  const person = newPerson();
  return { ...person, id: (await createdAccount(person))?.id ?? "" };
}

/** Creates users for an admin to help. They are logged in, unless they are pending sign-ups. */
const helped = async (count: number, isWaiting = false): Promise<Helped> => {
  const people = [];
  for (let n = 0; n < count; n += 1) people.push(isWaiting ? await waiting() : await member());
  return { people, once: createOnceKey() };
};

const offered = help.flatMap(({ what, events, subjects, isWaiting = false }): UseCase<Helped>[] => {
  const check = async ({ people }: Helped) => {
    for (const one of people) {
      assert.deepEqual(await listEvents(one, begun), events);
      assert.equal((await subjectsTo(one.email)).length, subjects);
      if (what === "end-sessions") assert.equal(await listSessions(one), 0);
    }
  };
  return [
    {
      name: `an admin's action for one user: ${what}`,
      prepare: () => helped(1, isWaiting),
      act: ({ people: [one], once }, fault) => press(root, `/admin/users/${one?.id}/${what}`, { once }, { fault }),
      check,
    },
    {
      name: `an admin's action for two users: ${what}`,
      prepare: () => helped(2, isWaiting),
      act: ({ people, once }, fault) => pressMany({ people, once }, { action: what }, fault),
      check,
    },
  ];
});

async function pressMany(
  { people, once }: Helped,
  fields: Record<string, string>,
  fault: Parameters<UseCase["act"]>[1],
) {
  const form = await root.get("/account/password");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(form.text)?.[1] ?? "";
  const body = new URLSearchParams({ _csrf, list: "", once, ...fields });
  for (const { id } of people) body.append("ids", id);
  return root.request("/admin/users/bulk", { method: "POST", body, headers: fault.headers });
}

const locked: UseCase<Helped> = {
  name: "disabling two users",
  prepare: () => helped(2),
  act: (there, fault) => pressMany(there, { action: "disable", reason: "Too loud." }, fault),
  async check({ people }) {
    for (const one of people) {
      assert.deepEqual(await listEvents(one, begun), ["user.disabled"]);
      assert.equal((await subjectsTo(one.email)).length, 1);
    }
  },
};
const unlocked: UseCase<Helped> = {
  name: "enabling two users",
  async prepare() {
    const there = await helped(2);
    for (const { id } of there.people) await (await User.findById(id).orFail()).disable();
    return there;
  },
  act: (there, fault) => pressMany(there, { action: "enable" }, fault),
  async check({ people }) {
    for (const one of people) {
      assert.deepEqual(await listEvents(one, begun), ["user.enabled"]);
      assert.equal((await subjectsTo(one.email)).length, 1);
    }
  },
};

for (const group of [elsewhere, logins, impersonations, offered, [locked, unlocked]] as UseCase<never>[][])
  for (const useCase of group) test(`interrupted: ${useCase.name}`, () => tryEveryFailure(useCase));
