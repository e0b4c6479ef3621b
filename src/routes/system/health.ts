import { type Request, Router } from "express";
import { NotFound } from "../../errors.js";
import { isReady } from "../../models/readiness.js";
import { answerProbe } from "../../services/operations/doctor/probe.js";
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

/** Answers a question of `npm run doctor` about what arrives here. Nobody else can ask it, or read the answer. */
health.get("/healthz/:question", (req: Request<{ question: string }>, res) => {
  const forwardedFor = (req.get("x-forwarded-for") ?? "").split(",").map((one) => one.trim());
  const answer = answerProbe(req.params.question, {
    forwardedFor: forwardedFor.filter((one) => one !== ""),
    host: req.get("host") ?? "",
  });
  if (answer === null) throw new NotFound();
  res.type("text").send(answer);
});
