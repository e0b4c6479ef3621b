import type { Request } from "express";
import { config } from "../../config/index.js";
import { HttpError } from "../../errors.js";
import { seal, unseal } from "../../lib/encrypted.js";
import { getNetwork } from "../../lib/network/ip.js";
import { deriveSecret } from "../../lib/secrets.js";
import { IdempotencyKey } from "../../models/idempotency-key.js";
import { BadKey, InFlight, KeyUsed } from "./errors.js";

/** Returns the Idempotency-Key of a request, or null if there is none. @throws BadKey */
export function idempotencyKey(req: Request): string | null {
  const key = req.get("idempotency-key");
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new BadKey();
  return key;
}

const PURPOSE = "answers of idempotency keys";

/**
 * Answers a request with an Idempotency-Key once (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the
 * same answer for a day. The owner of the key is the user, or the network if there is none. Example: a program creates
 * an API token, and the answer is lost. It sends the request again with the same key, and gets the same secret.
 * @param call its method and path, because each call has its own keys
 * @param body the validated body; a request with another one is refused
 * @param act gets a key for the forms of services (lib/once-keys.ts), which is the same after a crash. What it throws
 *   with a status below 500 releases the key, because nothing was created
 * @throws BadKey, KeyUsed, InFlight
 */
export async function answerOnce<Answer extends object>(
  req: Request,
  { call, body }: { call: string; body: unknown },
  act: (once?: string) => Promise<Answer>,
): Promise<Answer> {
  const key = idempotencyKey(req);
  if (key === null) return act();
  const owner = req.user?.id ?? { network: getNetwork(req.ip ?? "") };
  // Bodies may contain passwords, so the fingerprint is not a plain hash. The first secret is used, the others are old.
  const fingerprints = config.sessionSecrets.map((one) => deriveSecret(one, JSON.stringify([PURPOSE, call, body])));
  const secrets = config.sessionSecrets.map((one) => deriveSecret(one, key));
  const [fingerprint = "", secret = ""] = [fingerprints[0], secrets[0]];
  const kept = await IdempotencyKey.reserve(owner, { key: `${call} ${key}`, fingerprint });
  if (!fingerprints.includes(kept.fingerprint)) throw new KeyUsed();
  const given = kept.answer ? unseal(kept.answer, secrets, PURPOSE) : undefined;
  if (given) return given as Answer;
  if (kept.isUnderWay) throw new InFlight();
  const once = kept.post.toHexString() + Buffer.from(kept._id).toString("hex").slice(0, 8);
  const answer = await act(once).catch(async (error: unknown) => {
    if (error instanceof HttpError && error.status < 500) await IdempotencyKey.release(kept._id);
    throw error;
  });
  await IdempotencyKey.done(kept._id, seal(answer, secret, PURPOSE));
  return answer;
}
