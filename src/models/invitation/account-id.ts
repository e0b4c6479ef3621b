import { createHash } from "node:crypto";
import { Types } from "mongoose";

/** The id of the account that is opened with an invitation: always the same, so that there is one, however often somebody tries. */
export function deriveAccountId(invitation: Types.ObjectId): Types.ObjectId {
  const hash = createHash("sha256").update(`account of invitation ${invitation}`).digest("hex");
  return new Types.ObjectId(String(invitation).slice(0, 8) + hash.slice(0, 16));
}
