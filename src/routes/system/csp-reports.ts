import express, { Router } from "express";
import { log } from "../../log.js";
import { rateLimits } from "../../web/rate-limits.js";
import { removeSecrets } from "../../web/secret-urls.js";

export const cspReports = Router();

const report = express.json({ type: ["application/csp-report", "application/reports+json"], limit: "10kb" });

/** Converts a report to one line, without queries and without the secrets of mailed links. */
const told = (body: unknown) =>
  removeSecrets(JSON.stringify(body ?? null))
    .replace(/(?:[?#]|%3f|%23)[^"\\]*/gi, "")
    .slice(0, 2_000);

/** Logs violations of our Content-Security-Policy that browsers report. Stores nothing (ASVS V3.4.7). */
cspReports.post("/", rateLimits.reports, report, (req, res) => {
  log.warn({ event: "csp.violation", report: told(req.body) }, "content security policy");
  res.status(204).end();
});
