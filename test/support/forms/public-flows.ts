import assert from "node:assert/strict";
import { type Kind, kinds, PASSWORD, protectedKinds, type Someone, someone } from "../users/address-kinds.js";
import { from } from "../users/networks.js";
import type { Page } from "../visitor.js";

/** A form about an email, filled in by a stranger or a logged-in user. `send` sends it, `open` then opens a page. */
export type Filled = {
  send: () => Promise<Page>;
  open: (path: string) => Promise<Page>;
  typed: Record<string, string>;
};

/** A form with an email or a name, the kinds whose responses must be equal, and the kinds that are also timed. */
export type Flow = {
  name: string;
  kinds: readonly Kind[];
  timed?: readonly Kind[];
  hashes: number;
  fillIn: (who: Someone) => Promise<Filled>;
};

export const WRONG = "not-the-password-1";
let strangers = 0;

/** Returns an unused name, with the same length as all others. */
function anotherName(): string {
  strangers += 1;
  return `fresh${String(strangers).padStart(6, "0")}`;
}

async function asStranger(who: Someone, path: string, fields: Record<string, string>): Promise<Filled> {
  const stranger = from(who.network);
  const typed = { email: who.email, username: fields.username ?? who.username };
  return { send: await stranger.fillIn(path, fields), open: stranger.get, typed };
}

async function signedIn(who: Someone, kind: Kind, path: string, fields: Record<string, string>): Promise<Filled> {
  const own = await someone(kind);
  const asker = from(own.network);
  assert.equal((await asker.logIn(own.username, PASSWORD)).status, 303);
  const typed = { email: who.email, username: own.username, own: own.email };
  return { send: await asker.fillIn(path, fields), open: asker.get, typed };
}

export const withoutRequestId = (page: Page): Page => ({
  ...page,
  text: page.text.replace(/"requestId":"[^"]*"/, ""),
});

/** Calls the API as a stranger; the request id in the response is removed. */
export async function byApi(who: Someone, path: string, body: Record<string, string>): Promise<Filled> {
  const { request, get: open } = from(who.network);
  const headers = { "content-type": "application/json", "x-forwarded-for": who.network };
  const send = async () => {
    const page = await request(`/api/v1${path}`, { method: "POST", body: JSON.stringify(body), headers });
    return withoutRequestId(page);
  };
  return { send, open, typed: { email: who.email } };
}

const login = (by: "email" | "username", password: string) => (who: Someone) =>
  asStranger(who, "/login", { login: who[by], password });

const all = [...kinds, ...protectedKinds];

export const flows: Flow[] = [
  {
    name: "a login by address with a wrong password",
    kinds: all,
    timed: kinds,
    hashes: 1,
    fillIn: login("email", WRONG),
  },
  { name: "a login by name with a wrong password", kinds, hashes: 1, fillIn: login("username", WRONG) },
  {
    name: "a login by address with the right password that must not help",
    kinds: ["unknown", "unconfirmed", "disabled", "locked", "password-less", "recovery"],
    hashes: 1,
    fillIn: login("email", PASSWORD),
  },
  {
    name: "a login by name with the right password that must not help",
    kinds: ["unknown", "disabled", "locked", "password-less"],
    timed: ["unknown", "disabled", "locked"],
    hashes: 1,
    fillIn: login("username", PASSWORD),
  },
  {
    name: "a registration",
    kinds,
    timed: ["unknown", "confirmed", "unconfirmed"],
    hashes: 1,
    fillIn: (who) =>
      asStranger(who, "/register", { username: anotherName(), email: who.email, password: "a-Wall-of-old-stones" }),
  },
  {
    name: "asking for a new password",
    kinds: all,
    timed: ["unknown", "confirmed", "unconfirmed", "disabled", "recovery"],
    hashes: 0,
    fillIn: (who) => asStranger(who, "/password-reset", { email: who.email }),
  },
  {
    name: "asking for a new password by the API",
    kinds,
    timed: ["unknown", "confirmed", "unconfirmed", "disabled"],
    hashes: 0,
    fillIn: (who) => byApi(who, "/auth/password-reset", { email: who.email }),
  },
  {
    name: "asking for the confirmation once more",
    kinds,
    timed: ["unknown", "confirmed", "unconfirmed"],
    hashes: 0,
    fillIn: (who) => asStranger(who, "/email-confirmation", { email: who.email }),
  },
  {
    name: "the correction of an address that is not confirmed yet",
    kinds,
    timed: ["unknown", "confirmed"],
    hashes: 0,
    fillIn: (who) => signedIn(who, "unconfirmed", "/email-confirmation", { email: who.email }),
  },
  {
    name: "the change of a confirmed address",
    kinds,
    timed: ["unknown", "confirmed", "unconfirmed"],
    hashes: 1,
    fillIn: (who) => signedIn(who, "confirmed", "/account/email", { email: who.email, currentPassword: PASSWORD }),
  },
  {
    name: "the request of a recovery email",
    kinds,
    timed: ["unknown", "confirmed", "recovery"],
    hashes: 1,
    fillIn: (who) => signedIn(who, "confirmed", "/account/addresses", { email: who.email, currentPassword: PASSWORD }),
  },
];
