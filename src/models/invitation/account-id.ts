import { createHash } from "node:crypto";
import { Types } from "mongoose";

/**
 * Derives the id of the account that an invitation creates. The id is always the same, so repeated requests create only
 * one account.
 */
export function deriveAccountId(invitation: Types.ObjectId): Types.ObjectId {
  const hash = createHash("sha256").update(`account of invitation ${invitation}`).digest("hex");
  return new Types.ObjectId(String(invitation).slice(0, 8) + hash.slice(0, 16));
}
