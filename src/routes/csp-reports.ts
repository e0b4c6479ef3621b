import express, { Router } from "express";
import { log } from "../log.js";
import { limits } from "../web/limits.js";

export const cspReports = Router();

const report = express.json({ type: ["application/csp-report", "application/reports+json"], limit: "10kb" });

/** What browsers refused because of our Content-Security-Policy: logged as text, nothing stored (ASVS V3.4.7). */
cspReports.post("/", limits.reports, report, (req, res) => {
  log.warn(
    { event: "csp.violation", report: JSON.stringify(req.body ?? null).slice(0, 2_000) },
    "content security policy",
  );
  res.status(204).end();
});
