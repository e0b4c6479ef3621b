import type { Request } from "express";
import { BadKey } from "./errors.js";

/** Returns the Idempotency-Key of a request, or null if there is none. @throws BadKey */
export function idempotencyKey(req: Request): string | null {
  const key = req.get("idempotency-key");
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new BadKey();
  return key;
}
