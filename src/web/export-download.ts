import type { Response } from "express";
import { NotFound } from "../errors.js";
import { readFile } from "../models/export/files.js";
import { Export } from "../models/export.js";
import { sendStream } from "./server/send-stream.js";

const types = { json: "application/json; charset=utf-8", zip: "application/zip" };
type Wanted = { id: string; user: string; kind: keyof typeof types };

/** Sends a file of a data export. @throws NotFound if the export has expired or belongs to another user */
export async function sendExport(res: Response, { id, user, kind }: Wanted): Promise<void> {
  const found = await Export.findReady(id, user);
  const file = found?.[kind];
  if (!found?.readyAt || !file?.id) throw new NotFound();
  res.setHeader("Content-Type", types[kind]);
  res.setHeader("Content-Length", file.length ?? 0);
  res.attachment(`data-${found.readyAt.toISOString().slice(0, 10)}.${kind}`);
  if (res.req.method === "HEAD") return void res.end();
  await sendStream(res, readFile(file.id));
}
