import type { Actor } from "../actor.js";
import { log } from "../log.js";
import * as mail from "../mail/index.js";
import { type Presented, type Recognition, recognise } from "../models/remembering.js";
import { Session } from "../models/session.js";
import { Token } from "../models/token.js";
import { record } from "./audit.js";

/**
 * Who is known by a "remember me" cookie, or null. A copy of one ends what the browser was remembered by and its sessions, on both
 * sides, and the person is told (docs/decisions/0012-remembered-devices.md).
 */
export async function resume(actor: Actor, presented: Presented) {
  const found = await recognise(presented, { ip: actor.ip, agent: actor.agent });
  if (found.kind === "copy") await stopCopy(actor, found);
  if (found.kind !== "known") return null;
  log.info({ event: "session.resumed", user: found.user.id, ip: actor.ip, request: actor.request }, "session.resumed");
  return found;
}

async function stopCopy(actor: Actor, { user, device, name }: Extract<Recognition, { kind: "copy" }>): Promise<void> {
  await Session.endOnDevice(user.id, device);
  await record(actor, "session.replayed", user, { device: name });
  if (!user.emailConfirmedAt) return;
  await mail.rememberedElsewhere(actor, user, await Token.issue({ purpose: "not-me", user, email: user.email }));
}
