import { type Request, Router } from "express";
import { config } from "../../../config/index.js";
import { exportEndpoints as calls } from "../../../forms/api/me/export.js";
import { Export } from "../../../models/export.js";
import { askForExport } from "../../../services/account/export/export.js";
import { sendExport } from "../../../web/export-download.js";
import { getLoggedInUser } from "../../../web/guards.js";
import { rateLimits } from "../../../web/rate-limits.js";
import { serveEndpoint } from "../endpoint.js";

export const apiExport = Router();

serveEndpoint(apiExport, calls.read, async ({ req }) => ({ status: 200, body: await presentExport(req) }));

serveEndpoint(
  apiExport,
  calls.request,
  async ({ actor, req }) => {
    await askForExport(actor, getLoggedInUser(req));
    return { status: 202, body: await presentExport(req) };
  },
  rateLimits.exports,
);

for (const kind of ["json", "zip"] as const) {
  serveEndpoint(apiExport, calls[kind], async ({ params: { id }, req }) => ({
    send: (res) => sendExport(res, { id, user: getLoggedInUser(req).id, kind }),
  }));
}

async function presentExport(req: Request) {
  const newest = await Export.findNewest(getLoggedInUser(req).id);
  const readyAt = newest?.readyAt ?? null;
  return {
    state: newest ? (readyAt ? "ready" : "processing") : "none",
    requestedAt: newest?.askedAt.toISOString() ?? null,
    readyAt: readyAt?.toISOString() ?? null,
    expiresAt: readyAt ? (newest?.expiresAt.toISOString() ?? null) : null,
    json: presentFile(newest, "json"),
    zip: presentFile(newest, "zip"),
  };
}

function presentFile(found: Export | null, kind: "json" | "zip") {
  if (!found?.readyAt) return null;
  const url = `${config.baseUrl.origin}/api/v1/users/me/export/${found._id}/data.${kind}`;
  return { url, bytes: found[kind]?.length ?? 0 };
}
