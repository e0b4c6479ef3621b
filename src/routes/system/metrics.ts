import { Router } from "express";
import { config } from "../../config/index.js";
import { isSameSecret } from "../../lib/secrets.js";
import { readMetrics } from "../../metrics/text.js";

/** For Prometheus; only where METRICS_PORT or METRICS_TOKEN says so. */
export const metrics = Router();

metrics.get("/metrics", async (req, res) => {
  const token = config.metrics?.token ?? null;
  const [, sent = ""] = /^Bearer +(\S+) *$/i.exec(req.get("authorization") ?? "") ?? [];
  if (token !== null && !isSameSecret(sent, token)) {
    res
      .status(401)
      .set("WWW-Authenticate", 'Bearer realm="metrics"')
      .type("text/plain")
      .send("METRICS_TOKEN is needed\n");
    return;
  }
  const { type, text } = await readMetrics();
  res.set("Content-Type", type).send(text);
});
