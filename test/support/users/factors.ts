import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { User } from "../../../src/models/user.js";
import { type Member, member } from "../users.js";

/** Returns the code that an authenticator app with this key shows. @param steps later or earlier, 30 seconds each */
export const codeFor = (key: string, steps = 0): string =>
  new TOTP({ secret: key.replace(/\s/g, "") }).generate({ timestamp: Date.now() + steps * 30_000 });

/** Forgets that the last code was used, so that a test needs not wait for the next one. */
export const forgetLastCode = ({ id }: { id: string }) => User.updateOne({ _id: id }, { authenticatorUse: null });

/** Adds an authenticator app through the pages. Returns its key, and a function that returns a code that works now. */
export async function addApp(one: Member) {
  const page = await one.get("/account/factors/authenticator");
  assert.equal(page.status, 200, page.text);
  const key = /<code id="key">([A-Z2-7 ]+)</.exec(page.text)?.[1] ?? assert.fail("no key in the page");
  const added = await one.submit("/account/factors/authenticator", { code: codeFor(key) });
  assert.equal(added.status, 303, added.text);
  const code = async () => {
    await forgetLastCode(one);
    return codeFor(key);
  };
  return { key, code };
}

/** Creates recovery codes through the pages. */
export async function createCodes(one: Member): Promise<string[]> {
  const page = await one.submit("/account/factors/recovery-codes", {});
  assert.equal(page.status, 201, page.text);
  return listCodes(page.text);
}

/** Lists the recovery codes that a page shows. */
export const listCodes = (html: string): string[] =>
  [...html.matchAll(/<code>([A-Z2-7-]{29})<\/code>/g)].map(([, code]) => code ?? "");

/** Creates a logged-in member with an authenticator app. */
export async function protectedMember() {
  const one = await member();
  return { ...one, ...(await addApp(one)) };
}

export type ProtectedMember = Awaited<ReturnType<typeof protectedMember>>;
