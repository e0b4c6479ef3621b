import { createHash } from "node:crypto";
import { Types } from "mongoose";

/**
 * Returns the id of the account created through an invitation. It is always the same, so that repeated requests create
 * one account.
 */
export function deriveAccountId(invitation: Types.ObjectId): Types.ObjectId {
  const hash = createHash("sha256").update(`account of invitation ${invitation}`).digest("hex");
  return new Types.ObjectId(String(invitation).slice(0, 8) + hash.slice(0, 16));
}
