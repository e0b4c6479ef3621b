import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { config } from "../../../src/config/index.js";
import { type Member, member, newPerson } from "../users.js";
import { readToken, type Visitor, visitor } from "../visitor.js";

type Cbor = number | string | Buffer | Map<Cbor, Cbor>;

/** Encodes the few kinds of values that attestations have (RFC 8949). */
function encode(value: Cbor): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flat().map((one) => encode(one))]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  return length < 256
    ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}

/** What a forged or unusual response has. */
export type Unusual = {
  origin?: string;
  rpId?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  type?: string;
  challenge?: string;
  /** False: the device did not ask for a PIN or a fingerprint. */
  isVerified?: boolean;
  isSynced?: boolean;
  counter?: number;
  userHandle?: string | null;
};
type Options = { challenge: string; user?: { id: string } };

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest();

/** Creates an authenticator with one passkey (ES256), as a browser shows it to a page. */
export function authenticator() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(32);
  let userHandle: string | null = null;
  let counter = 0;

  function toClientData(type: string, { challenge }: Options, unusual: Unusual): string {
    const { origin = config.baseUrl.origin, crossOrigin = false, topOrigin } = unusual;
    return JSON.stringify({ type, challenge, origin, crossOrigin, ...(topOrigin && { topOrigin }), ...pick(unusual) });
  }
  const pick = ({ type, challenge }: Unusual) => ({ ...(type && { type }), ...(challenge && { challenge }) });

  function toData(unusual: Unusual, attested?: Buffer): Buffer {
    const { isVerified = true, isSynced = false, rpId = config.baseUrl.hostname } = unusual;
    const flags = 1 | (isVerified ? 4 : 0) | (isSynced ? 24 : 0) | (attested ? 64 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(unusual.counter ?? ++counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, ...(attested ? [attested] : [])]);
  }

  function toCoseKey(): Buffer {
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    const [left, right] = [Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
    return encode(
      new Map<Cbor, Cbor>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, left],
        [-3, right],
      ]),
    ); // prettier-ignore
  }

  const about = { id: id.toString("base64url"), rawId: id.toString("base64url"), type: "public-key" };
  const more = { clientExtensionResults: {}, authenticatorAttachment: "platform" };

  return {
    id: about.id,
    /** Returns the passkey as an account stores it, for tests that create the account directly. */
    stored() {
      const publicKey = toCoseKey().toString("base64url");
      return { credential: about.id, publicKey, name: "My phone", addedAt: new Date() };
    },
    /** Creates the passkey. */
    create(options: Options, unusual: Unusual = {}): string {
      userHandle = options.user?.id ?? null;
      const length = Buffer.from([id.length >> 8, id.length & 255]);
      const authData = toData(unusual, Buffer.concat([Buffer.alloc(16), length, id, toCoseKey()]));
      const object = new Map<Cbor, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData],
      ]); // prettier-ignore
      const response = {
        clientDataJSON: Buffer.from(toClientData("webauthn.create", options, unusual)).toString("base64url"),
        attestationObject: encode(object).toString("base64url"),
        transports: ["internal", "hybrid"],
      };
      return JSON.stringify({ ...about, ...more, response });
    },
    /** Uses the passkey. */
    use(options: Options, unusual: Unusual = {}): string {
      const clientData = Buffer.from(toClientData("webauthn.get", options, unusual));
      const data = toData(unusual);
      const handle = unusual.userHandle === undefined ? userHandle : unusual.userHandle;
      const response = {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", Buffer.concat([data, sha256(clientData)]), privateKey).toString("base64url"),
        ...(handle && { userHandle: handle }),
      };
      return JSON.stringify({ ...about, ...more, response });
    },
  };
}

export type Authenticator = ReturnType<typeof authenticator>;

/** Asks for a challenge, as the script of a page does. @param page the page with the form */
export async function askOptions(
  browser: Visitor,
  purpose: string,
  page = pages[purpose] ?? "/login",
  typed: Record<string, string> = {},
) {
  const headers = { "x-csrf-token": readToken((await browser.get(page)).text), accept: "application/json" };
  return browser.send("/passkeys/options", { purpose, ...typed }, headers);
}
const pages: Record<string, string> = {
  "sign-up": "/register",
  register: "/account/passkeys",
  factor: "/login/second-factor",
  reauthenticate: "/reauthenticate",
};

/** Asks for a challenge and reads it. */
export async function readOptions(browser: Visitor, purpose: string, typed: Record<string, string> = {}) {
  const answer = await askOptions(browser, purpose, undefined, typed);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Options & Record<string, unknown>;
}

/** Adds a passkey through the pages. */
export async function addPasskey(
  one: Visitor,
  {
    passkey = authenticator(),
    name = "My phone",
    ...unusual
  }: Unusual & { passkey?: Authenticator; name?: string } = {},
): Promise<Authenticator> {
  const credential = passkey.create(await readOptions(one, "register"), unusual);
  const page = await one.submit("/account/passkeys", { name, credential });
  assert.equal(page.status, 303, page.text);
  return passkey;
}

/** Uses a passkey in this browser: alone, as the second factor, or to reauthenticate. */
export async function usePasskey(
  browser: Visitor,
  passkey: Authenticator,
  { purpose = "login", fields = {}, ...unusual }: Unusual & { purpose?: string; fields?: Record<string, string> } = {},
) {
  const credential = passkey.use(await readOptions(browser, purpose), unusual);
  return browser.submit(pages[purpose] ?? "/login", { credential, ...fields }, "/passkeys/login");
}

type SignUp = { username: string; email: string; more?: Record<string, string> };

/** Sends the registration form with a new passkey instead of a password, and returns the response. */
export async function sendSignUp(
  browser: Visitor,
  { username, email, more = {} }: SignUp,
  { passkey = authenticator(), ...unusual }: Unusual & { passkey?: Authenticator } = {},
) {
  const credential = passkey.create(await readOptions(browser, "sign-up", { username, email, ...more }), unusual);
  return browser.submit("/register", { username, email, ...more, credential }, "/register/passkey");
}

/** Registers with a passkey. The email is not confirmed yet. */
export async function signedUpWithPasskey({ username, email }: { username: string; email: string } = newPerson()) {
  const [browser, passkey] = [visitor(), authenticator()];
  const page = await sendSignUp(browser, { username, email }, { passkey });
  assert.equal(page.status, 303, page.text);
  return { ...browser, username, email, passkey };
}

/** Creates a logged-in member with a passkey. */
export async function passkeyMember() {
  const one: Member = await member();
  return { ...one, passkey: await addPasskey(one) };
}
