import { Router } from "express";
import { isReady } from "../../models/readiness.js";
import { isStopping } from "../../web/server/shutdown.js";

export const health = Router();

health.get("/healthz", (_req, res) => {
  res.json({ status: "up" });
});

health.get("/readyz", async (_req, res) => {
  if (isStopping()) return void res.status(503).json({ status: "stopping" });
  const ready = await isReady();
  res.status(ready ? 200 : 503).json({ status: ready ? "ready" : "database unreachable" });
});
