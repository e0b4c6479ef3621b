import { pipeline } from "node:stream/promises";
import { type Request, type Response, Router } from "express";
import { getActor } from "../../actor.js";
import { NotFound } from "../../errors.js";
import { readFile } from "../../models/export/files.js";
import { Export } from "../../models/export.js";
import { askForExport } from "../../services/account/export.js";
import { getLoggedInUser } from "../../web/guards.js";
import { flash } from "../../web/pages/flash.js";
import { rateLimits } from "../../web/rate-limits.js";

export const accountExport = Router();

accountExport.get("/", async (req, res) => {
  const newest = await Export.findNewest(getLoggedInUser(req).id);
  const ready = newest?.readyAt ? { id: String(newest._id), sizes: getSizes(newest), until: newest.expiresAt } : null;
  res.render("account/export", { ready, isBeingMade: newest !== null && !ready });
});

accountExport.post("/", rateLimits.exports, async (req, res) => {
  await askForExport(getActor(req), getLoggedInUser(req));
  flash(res, "info", "We're preparing your data.");
  res.redirect(303, "/account/export");
});

type OfExport = Request<{ id: string }>;
accountExport.get("/:id/data.json", (req: OfExport, res) => send(req, res, "json"));
accountExport.get("/:id/data.zip", (req: OfExport, res) => send(req, res, "zip"));

const types = { json: "application/json; charset=utf-8", zip: "application/zip" };

/** @throws NotFound if the export has expired or belongs to another user */
async function send(req: OfExport, res: Response, kind: "json" | "zip"): Promise<void> {
  const found = await Export.findReady(req.params.id, getLoggedInUser(req).id);
  const file = found?.[kind];
  if (!found?.readyAt || !file?.id) throw new NotFound();
  res.setHeader("Content-Type", types[kind]);
  res.setHeader("Content-Length", file.length ?? 0);
  res.attachment(`data-${found.readyAt.toISOString().slice(0, 10)}.${kind}`);
  if (req.method === "HEAD") return void res.end();
  await pipeline(readFile(file.id), res).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error; // not an error: the client stopped reading
  });
}

const getSizes = ({ json, zip }: Export) => ({ json: json?.length ?? 0, zip: zip?.length ?? 0 });
