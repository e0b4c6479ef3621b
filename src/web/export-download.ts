import { pipeline } from "node:stream/promises";
import type { Response } from "express";
import { NotFound } from "../errors.js";
import { readFile } from "../models/export/files.js";
import { Export } from "../models/export.js";

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
  await pipeline(readFile(file.id), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error; // not an error: the client stopped reading
  });
}
