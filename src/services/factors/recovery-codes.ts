import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { createRecoveryCodes, hashRecoveryCode } from "../../lib/factors/recovery-codes.js";
import * as mail from "../../mail/index.js";
import { User } from "../../models/user.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { createNotMeLinks, type Receiver, toReceiver } from "../mail/recipients.js";
import { listRecoveryCodeHashes } from "./keys.js";

const afterCreation = followUp<{ user: Receiver }>(
  User,
  "recovery-codes.created",
  async ({ id, actor, data: { user } }) => {
    await record(actor, "recovery-codes.created", { id: String(id) });
    if (user.isConfirmed) await mail.sendRecoveryCodesCreated(actor, user, createNotMeLinks(id, user));
  },
);

const afterUse = followUp<{ user: Receiver; left: number }>(User, "recovery-code.used", async ({ id, actor, data }) => {
  const { user, left } = data;
  await record(actor, "recovery-code.used", { id: String(id) }, { left: String(left) });
  if (user.isConfirmed) await mail.sendRecoveryCodeUsed(actor, user, left, createNotMeLinks(id, user));
});

/**
 * Creates a new set of recovery codes. The previous set becomes invalid. The codes cannot be read again.
 * @returns null if the account has no second factor, or has just changed
 */
export async function replaceRecoveryCodes(actor: Actor, user: User): Promise<string[] | null> {
  const codes = createRecoveryCodes();
  const hashes = codes.map((code) => hashRecoveryCode(code, config.factorKeys[0] ?? "", user.id));
  const about = { id: user._id, actor, data: { user: toReceiver(user) } };
  const isDone = await afterCreation.make(about, (entry) => user.setRecoveryCodes(hashes, entry));
  return isDone ? codes : null;
}

/** Returns the number of recovery codes that are left. */
export async function countRecoveryCodes({ _id }: Pick<User, "_id">): Promise<number> {
  const found = await User.findById(_id).select("+recoveryCodes").lean();
  return found?.recoveryCodes?.length ?? 0;
}

/** Uses a recovery code, and notifies the owner. Returns false if it is not one of the codes that are left. */
export async function spendRecoveryCode(actor: Actor, user: User, code: string): Promise<boolean> {
  const { recoveryCodes = [] } = (await User.findById(user._id).select("+recoveryCodes").lean()) ?? {};
  const hash = listRecoveryCodeHashes(code, user.id).find((one) => recoveryCodes?.includes(one));
  if (!hash) return false;
  const data = { user: toReceiver(user), left: (recoveryCodes?.length ?? 1) - 1 };
  return afterUse.make({ id: user._id, actor, data }, (entry) => user.useRecoveryCode(hash, entry));
}
