import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { type Figure, inTurns, median } from "./figures.js";
import { load } from "./load.js";
import type { Options } from "./options.js";
import { freePort, startApp } from "./processes.js";
import { production, type Scene, type Stage } from "./stage.js";
import { formRequest, openLoginForm } from "./visits.js";

const ASKED = 200;
const ASKING_AT_A_TIME = 8;

/** How much longer a request takes that sends a mail when the mail server is down than when it takes every mail. */
export async function measureMails(stage: Stage, [scene]: Scene[], options: Options): Promise<Figure> {
  const server = new SMTPServer({
    authOptional: true,
    onData: (stream, _session, done) => void stream.resume().on("end", done),
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.server.address() as { port: number };
  const ports = { up: port, down: await freePort() };
  const times = { up: [] as number[], down: [] as number[] };
  for (let round = 0; round < options.rounds; round += 1) {
    for (const state of inTurns(["up", "down"] as const, round)) {
      times[state].push(await timeOfAsking(stage, scene as Scene, ports[state], `mails-${state}-${round}`));
    }
  }
  await new Promise<void>((closed) => server.close(closed));
  const [up, down] = [median(times.up), median(times.down)];
  return {
    name: "Asking for a password reset, mail server down ÷ up",
    target: { atMost: 1.1 },
    unit: "",
    values: [down / up],
    kept: null,
    detail: `p50 ${down.toFixed(1)} ms, with the server up ${up.toFixed(1)} ms; ${ASKING_AT_A_TIME} at a time`,
  };
}

/** The median time in ms in which an application with this mail server answers, with a queue of its own. */
async function timeOfAsking(stage: Stage, scene: Scene, port: number, database: string): Promise<number> {
  const uri = stage.engine.uri.replace("/postern?", `/${database}?`);
  const env = { ...production(stage, uri), SMTP_URL: `smtp://127.0.0.1:${port}` };
  const app = await startApp(env, join(stage.directory, "app.log"));
  const form = await openLoginForm(app.origin);
  const requests = scene.people.slice(0, ASKED).map(({ email }) => formRequest(form, "/password-reset", { email }));
  const { p50 } = await load({
    origin: app.origin,
    requests,
    status: 303,
    connections: ASKING_AT_A_TIME,
    amount: ASKED,
  });
  await app.stop();
  return p50;
}
