import { type Request, Router } from "express";
import { getActor } from "../../actor.js";
import { Export } from "../../models/export.js";
import { askForExport } from "../../services/account/export/export.js";
import { sendExport } from "../../web/export-download.js";
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
for (const kind of ["json", "zip"] as const) {
  accountExport.get(`/:id/data.${kind}`, (req: OfExport, res) =>
    sendExport(res, { id: req.params.id, user: getLoggedInUser(req).id, kind }),
  );
}

const getSizes = ({ json, zip }: Export) => ({ json: json?.length ?? 0, zip: zip?.length ?? 0 });
