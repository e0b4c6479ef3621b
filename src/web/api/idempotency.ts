import type { Request } from "express";
import { BadKey } from "./errors.js";

/** The key under which a program asks for something that is to be done once; null when it sent none. @throws BadKey */
export function idempotencyKey(req: Request): string | null {
  const key = req.get("idempotency-key");
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new BadKey();
  return key;
}
