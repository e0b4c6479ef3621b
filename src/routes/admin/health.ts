import { Router } from "express";
import { countFindings, readReport } from "../../services/operations/doctor/run.js";

export const adminHealth = Router();

adminHealth.get("/", async (_req, res) => {
  const report = await readReport();
  res.render("admin/health", { ...report, counts: countFindings(report) });
});
