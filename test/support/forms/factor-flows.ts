import assert from "node:assert/strict";
import { Types } from "mongoose";
import { User } from "../../../src/models/user.js";
import { PASSWORD, protectedKinds, type Someone } from "../users/address-kinds.js";
import { from } from "../users/networks.js";
import { authenticator } from "../users/passkeys.js";
import { type Page, readToken } from "../visitor.js";
import { byApi, type Filled, type Flow, WRONG, withoutRequestId } from "./public-flows.js";

// Forms of the second step of a login, and of passkeys. Before the password, they reveal nothing about an account; after it,
// only the page of the step itself shows which factors the account has.

const STEP = "/login/second-factor";
const LOST = "/login/lost-factor";
const strangers = ["unknown", "confirmed", "disabled", "app", "passkey", "recovering"] as const;
const recoveryCode = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";

type Stranger = ReturnType<typeof from>;

async function enter(who: Someone, password: string): Promise<Stranger> {
  const stranger = from(who.network);
  const { status, location } = await stranger.logIn(who.username, password);
  assert.deepEqual([status, location], password === PASSWORD ? [303, STEP] : [401, null], who.kind);
  return stranger;
}

const toFilled = (who: Someone, { get: open }: Stranger, send: () => Promise<Page>): Filled => ({
  send,
  open,
  typed: { email: who.email, username: who.username },
});

/** Replaces the text of a page by a part of it. Its length is not compared either. */
function reduce(page: Page, text: string): Page {
  const headers = new Headers(page.headers);
  headers.delete("content-length");
  return { ...page, headers, text };
}

const afterPassword =
  (password: string, path: string, fields: Record<string, string> = {}) =>
  async (who: Someone): Promise<Filled> => {
    const stranger = await enter(who, password);
    return toFilled(who, stranger, await stranger.fillIn(path, fields, "/login"));
  };

/** Asks for a challenge, as the script of a page does. The random challenge is removed. */
async function askOptions(stranger: Stranger, who: Someone, purpose: string): Promise<() => Promise<Page>> {
  const token = readToken((await stranger.get("/login")).text);
  const headers = { "x-csrf-token": token, accept: "application/json", "x-forwarded-for": who.network };
  return () => stranger.send("/passkeys/options", { purpose }, headers);
}

const optionsAfterWrongPassword = (purpose: string) => async (who: Someone) => {
  const stranger = await enter(who, WRONG);
  const ask = await askOptions(stranger, who, purpose);
  return toFilled(who, stranger, async () => {
    const page = withoutRequestId(await ask());
    return { ...page, text: page.text.replace(/"challenge":"[^"]*"/, "") };
  });
};

/**
 * Sends a passkey that this account has, or nobody. The signal to forget an unknown passkey is removed: a browser must not
 * forget that of a disabled account, and nobody can guess the id of a passkey.
 */
const logInWithPasskey = (origin?: string) => async (who: Someone) => {
  const passkey = authenticator();
  const user = await User.findOneAndUpdate({ username: who.username }, { passkeys: [passkey.stored()] });
  const stranger = from(who.network);
  const options = JSON.parse((await (await askOptions(stranger, who, "login"))()).text);
  const userHandle = Buffer.from(user?.id ?? String(new Types.ObjectId()), "hex").toString("base64url");
  const credential = passkey.use(options, { userHandle, ...(origin && { origin }) });
  const send = await stranger.fillIn("/passkeys/login", { credential }, "/login");
  return toFilled(who, stranger, async () => {
    const page = await send();
    return reduce(page, page.text.replace(/<div hidden data-passkey-signal="[^"]*"><\/div>\s*/, ""));
  });
};

const logInByApi = (password: string, code: Record<string, string>) => (who: Someone) =>
  byApi(who, "/auth/login", { username: who.username, password, ...code });

export const factorFlows: Flow[] = [
  ...[
    { name: "a code", path: STEP, fields: { code: "000000" } },
    { name: "a recovery code", path: "/login/recovery", fields: { recoveryCode } },
    { name: "saying that the second factor is lost", path: LOST },
    { name: "finishing a recovery", path: `${LOST}/finish` },
  ].map(({ name, path, fields }) => ({
    name: `${name} after a wrong password`,
    kinds: strangers,
    hashes: 0,
    fillIn: afterPassword(WRONG, path, fields),
  })),
  ...["login", "factor"].map((purpose) => ({
    name: `a challenge (${purpose}) after a wrong password`,
    kinds: strangers,
    hashes: 0,
    fillIn: optionsAfterWrongPassword(purpose),
  })),
  {
    name: "a login with a passkey that must not help",
    kinds: ["unknown", "disabled"],
    hashes: 0,
    fillIn: logInWithPasskey(),
  },
  {
    name: "a login with a passkey that was used on another site",
    kinds: ["unknown", "confirmed", "unconfirmed", "disabled"],
    hashes: 0,
    fillIn: logInWithPasskey("https://evil.example"),
  },
  {
    name: "a wrong recovery code after the right password",
    kinds: protectedKinds,
    hashes: 0,
    fillIn: afterPassword(PASSWORD, "/login/recovery", { recoveryCode }),
  },
  {
    name: "a wrong code after the right password, except for the factors that the page offers",
    kinds: protectedKinds,
    hashes: 0,
    async fillIn(who) {
      const filled = await afterPassword(PASSWORD, STEP, { code: "000000" })(who);
      return {
        ...filled,
        async send() {
          const page = await filled.send();
          return reduce(page, /This code is wrong[^<]*/.exec(page.text)?.[0] ?? page.text);
        },
      };
    },
  },
  {
    name: "saying that the second factor is lost after the right password",
    kinds: ["app", "passkey", "app-and-passkey"],
    hashes: 0,
    fillIn: afterPassword(PASSWORD, LOST),
  },
  {
    name: "a login by the API with a wrong password and a code",
    kinds: strangers,
    hashes: 1,
    fillIn: logInByApi(WRONG, { otp: "000000" }),
  },
  ...Object.entries({ otp: "000000", recovery_code: recoveryCode }).map(([name, value]) => ({
    name: `a login by the API with the right password and a wrong code (${name})`,
    kinds: protectedKinds,
    hashes: 1,
    fillIn: logInByApi(PASSWORD, { [name]: value }),
  })),
];
