import { config } from "../../../config/index.js";
import { createCanary, isCanaryOfOne } from "../../../lib/passwords/canary.js";
import { addCanary, addFirstCanary, readCanaries, replaceCanaries } from "../../../models/canary.js";
import { type DoctorCheck, type Finding, fail, pass, type Settings } from "./finding.js";

// What a secret has encrypted or hashed is useless with another one. So the database remembers, by canaries, which
// secrets it was used with. SESSION_SECRET and JWT_SECRET have none: to replace them is allowed, and costs only logins.

/** A setting whose value must not be lost. */
type Kept = {
  name: "PASSWORD_PEPPER" | "FACTOR_KEY";
  /** The first one is used for new data, all of them for stored data. */
  keys: readonly string[];
  why: string;
};
type Secrets = Pick<Settings, "passwordPepper" | "factorKeys">;

const listKept = ({ passwordPepper, factorKeys }: Secrets): Kept[] => [
  {
    name: "PASSWORD_PEPPER",
    keys: [passwordPepper],
    why: "No stored password matches with another pepper: nobody can log in, and new passwords would be lost when the right one is back.",
  },
  {
    name: "FACTOR_KEY",
    keys: factorKeys,
    why: "Second factors cannot be decrypted without their key: users who have one cannot log in.",
  },
];

/**
 * Returns the settings whose value is not the one that this database was used with. Stores the canaries that are missing.
 * Example for FACTOR_KEY, by value:
 *
 * | FACTOR_KEY | stored canaries of | result                                               |
 * | ---------- | ------------------ | ---------------------------------------------------- |
 * | a          |                    | the canary of a is stored                            |
 * | b,a        | a                  | a rotation: the canary of b is stored too            |
 * | a          | a, b               | wrong: a cannot decrypt what b has encrypted         |
 */
async function findWrong(secrets: Secrets): Promise<Kept[]> {
  const kept = listKept(secrets);
  const isRight = await Promise.all(kept.map(isKept));
  const wrong = kept.filter((_, n) => !isRight[n]);
  const [{ name } = { name: "" }] = wrong;
  // The only factor key is then derived from the wrong pepper.
  return name === "PASSWORD_PEPPER" && secrets.factorKeys.length === 1 ? wrong.slice(0, 1) : wrong;
}

async function isKept({ name, keys }: Kept): Promise<boolean> {
  const newest = keys.slice(0, 1);
  let stored = await readCanaries(name);
  if (stored.length === 0) {
    await addFirstCanary(name, await createCanary(newest[0] ?? ""));
    stored = await readCanaries(name); // another process may have been faster
  }
  let isNewestStored = false;
  for (const canary of stored) {
    if (await isCanaryOfOne(canary, newest)) isNewestStored = true;
    else if (!(await isCanaryOfOne(canary, keys.slice(1)))) return false;
  }
  if (!isNewestStored) await addCanary(name, await createCanary(newest[0] ?? ""));
  return true;
}

const describeWrong = ({ name }: Kept) => `${name} is not the one that this database was used with`;
const REMEDY =
  "Set the right one, from your copy, and restart. If you have rotated it, leave the older keys in the list. If it is lost for good: `npm run doctor -- --accept-secrets`, as docs/operations/doctor.md says.";

/** Compares PASSWORD_PEPPER and FACTOR_KEY with those that this database was used with. */
export const checkSecrets: DoctorCheck = async (settings) => {
  const wrong = await findWrong(settings);
  const findings = wrong.map((one): Finding => fail(describeWrong(one), one.why, REMEDY));
  return findings.length > 0 ? findings : [pass("PASSWORD_PEPPER and FACTOR_KEY are those of this database")];
};

/** A secret differs from the one that the database was used with. */
class WrongSecret extends Error {
  override name = "WrongSecret";
  readonly exitCode = 78; // a fault of the configuration: a restart does not help
}

/**
 * Compares the secrets with those that this database was used with. To be called before anything is written with them.
 * @throws WrongSecret with the remedy
 */
export async function assertSecrets(): Promise<void> {
  const wrong = await findWrong(config);
  if (wrong.length === 0) return;
  const lines = wrong.map((one) => `  ${describeWrong(one)}. ${one.why}\n`);
  throw new WrongSecret(`Postern cannot start with these secrets:\n${lines.join("")}  ${REMEDY}`);
}

/** Accepts the secrets of the configuration from now on. What others have encrypted or hashed is lost. */
export async function acceptSecrets(): Promise<void> {
  for (const { name, keys } of listKept(config)) await replaceCanaries(name, await createCanary(keys[0] ?? ""));
}
