import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/support/processes/server.js";
import { test as base } from "./test.js";

type App = { origin: string; setupPath: string };

/** Gives each test its own app, in which no account exists yet. */
export const test = base.extend<{ app: App }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern, and this fixture needs no others
  app: async ({}, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), "postern-empty-"));
    const { stop, ...app } = await startApp(await freePort(), dataDir);
    await use(app);
    await stop();
    rmSync(dataDir, { recursive: true });
  },
  baseURL: ({ app }, use) => use(app.origin),
});

/** Starts the app as an operator does, and reads the setup link from its output. */
async function startApp(port: number, dataDir: string) {
  const origin = `http://localhost:${port}`;
  const own = { PORT: String(port), BASE_URL: origin, DATA_DIR: dataDir };
  const env = {
    ...process.env,
    ...own,
    HOST: "127.0.0.1",
    NODE_ENV: "test",
    BCRYPT_COST: "4",
    MONGODB_URI: "",
    LOG_LEVEL: "warn",
  };
  const child = spawn(process.execPath, ["scripts/start.js"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let printed = "";
  for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += text;
    if (printed.includes("is ready at")) break;
  }
  const [, setupPath = ""] = /at http:\/\/localhost:\d+(\/setup\/\S+)/.exec(printed) ?? [];
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return { origin, setupPath, stop };
}
