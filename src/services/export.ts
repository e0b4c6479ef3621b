import { Readable } from "node:stream";
import type { Actor } from "../actor.js";
import { enqueue } from "../jobs/queue.js";
import { zipOf } from "../lib/zip.js";
import * as mail from "../mail/index.js";
import { Export, type ExportFiles } from "../models/export.js";
import { dropFile, storeFile } from "../models/export-files.js";
import { User } from "../models/user.js";
import { record } from "./audit.js";
import { accountFiles, accountJson } from "./export-content.js";

/** Has a copy of a person's data made, unless one is being made already. */
export async function askForExport(actor: Actor, person: { id: string }): Promise<void> {
  const id = await Export.ask(person.id);
  if (!id) return;
  await record(actor, "export.asked", person);
  await enqueue("export-account", { id });
}

/** Makes the copy and tells its person, if the address is proven to be theirs. Done once more after a crash, it begins anew. */
export async function makeExport({ id }: { id: string }): Promise<void> {
  const asked = await Export.findUnfinished(id);
  const user = asked && (await User.findById(asked.user));
  if (!asked || !user || user.disabledAt) return;
  const files = await store(id, user);
  if (await Export.finish(asked._id, files)) return user.emailConfirmedAt ? mail.exportReady(user) : undefined;
  for (const { id: file } of Object.values(files)) await dropFile(file); // they left meanwhile, or another was faster
}

async function store(id: string, user: User): Promise<ExportFiles> {
  const json = await storeFile(`${id}.json`, Readable.from(accountJson(user)));
  return { json, zip: await storeFile(`${id}.zip`, zipOf(accountFiles(user))) };
}
