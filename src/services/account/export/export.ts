import { Readable } from "node:stream";
import { type Actor, systemActor } from "../../../actor.js";
import { enqueue } from "../../../jobs/enqueue.js";
import { createZip } from "../../../lib/files/zip.js";
import * as mail from "../../../mail/index.js";
import { dropFile, storeFile } from "../../../models/export/files.js";
import { Export, type ExportFiles } from "../../../models/export.js";
import { createRunId, deriveOnceId } from "../../../models/outbox/once.js";
import { User } from "../../../models/user.js";
import { record } from "../../audit.js";
import { followUp } from "../../follow-ups.js";
import { type Receiver, toReceiver } from "../../mail/recipients.js";
import { streamAccountFiles, streamAccountJson } from "./export-content.js";

const afterAsking = followUp<{ user: string }>(Export, "export.asked", async ({ id, actor, data }) => {
  await record(actor, "export.asked", { id: data.user });
  await enqueue("export-account", { id: String(id) }, deriveOnceId("job"));
});

const afterMaking = followUp<{ user: Receiver }>(Export, "export.ready", async ({ data: { user } }) => {
  if (user.isConfirmed) await mail.sendExportReady(user);
});

/** Requests an export of a user's data, unless one is already in progress. */
export async function askForExport(actor: Actor, person: { id: string }): Promise<void> {
  const entry = afterAsking.entry(actor, { user: person.id });
  const _id = createRunId();
  if (await Export.ask(person.id, { _id, entry })) await afterAsking.finish(_id, entry);
}

/** Creates an export and notifies the user if their email is confirmed. After a crash, it starts again. */
export async function makeExport({ id }: { id: string }): Promise<void> {
  const asked = await Export.findUnfinished(id);
  const user = asked && (await User.findById(asked.user));
  if (!asked || !user || user.disabledAt) return;
  const files = await store(id, user);
  const about = { id: asked._id, actor: systemActor, data: { user: toReceiver(user) } };
  if (await afterMaking.make(about, (entry) => Export.finish(asked._id, files, entry))) return;
  for (const { id: file } of Object.values(files)) await dropFile(file); // the user was deleted, or another process was faster
}

async function store(id: string, user: User): Promise<ExportFiles> {
  const json = await storeFile(`${id}.json`, Readable.from(streamAccountJson(user)));
  return { json, zip: await storeFile(`${id}.zip`, createZip(streamAccountFiles(user))) };
}
