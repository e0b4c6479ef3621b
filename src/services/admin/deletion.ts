import type { Actor } from "../../actor.js";
import { Forbidden } from "../../errors.js";
import * as mail from "../../mail/index.js";
import { getDeletionDate } from "../../models/user/deletion.js";
import type { AccountOutcome } from "../../models/user/roles.js";
import { User } from "../../models/user.js";
import { mayActOn } from "../../policies/users.js";
import { record } from "../audit.js";
import { followUp } from "../follow-ups.js";
import { type Receiver, toReceiver } from "../mail/recipients.js";
import { shutOut } from "./disable.js";

type Imposed = { user: Receiver; reason: string; posts: "keep" | "remove"; dueAt: Date };

const afterImposing = followUp<Imposed>(User, "deletion.imposed", async ({ id, actor, data }) => {
  const { user, reason, posts, dueAt } = data;
  await shutOut(id);
  await record(actor, "deletion.imposed", { id: String(id) }, { reason, posts });
  if (user.isConfirmed) await mail.sendDeletionImposed(user, dueAt, reason);
});

/**
 * Disables a user and schedules the deletion of the account in two weeks. Until then, `enableUser` restores it.
 * @param about.posts what happens to the published posts
 * @throws Forbidden
 */
export async function deleteUser(
  actor: Actor,
  user: User,
  { reason, posts = "keep" }: { reason: string; posts?: "keep" | "remove" },
): Promise<AccountOutcome> {
  if (!mayActOn(actor, "users.delete", user)) throw new Forbidden();
  const [latest, planned] = [getDeletionDate(), user.deletion?.dueAt]; // keeps an earlier date from the user
  const dueAt = planned && planned < latest ? planned : latest;
  const about = { id: user._id, actor, data: { user: toReceiver(user, 1), reason, posts, dueAt } };
  return afterImposing.make(about, (entry) => user.forceDeletion(posts, entry));
}
