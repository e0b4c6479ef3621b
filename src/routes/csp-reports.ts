import express, { Router } from "express";
import { log } from "../log.js";
import { limits } from "../web/limits.js";

export const cspReports = Router();

const report = express.json({ type: ["application/csp-report", "application/reports+json"], limit: "10kb" });

/** The report as one line of text, its addresses without their queries, for links may carry secrets. */
const told = (body: unknown) =>
  JSON.stringify(body ?? null)
    .replace(/[?#][^"\\]*/g, "")
    .slice(0, 2_000);

/** What browsers refused because of our Content-Security-Policy: logged as text, nothing stored (ASVS V3.4.7). */
cspReports.post("/", limits.reports, report, (req, res) => {
  log.warn({ event: "csp.violation", report: told(req.body) }, "content security policy");
  res.status(204).end();
});
