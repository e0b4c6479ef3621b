import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "playwright/test";

/** The runner makes these choices; its workers load this file again and find them in their environment. */
process.env.E2E_PORT ??= String(await freePort());
process.env.E2E_DATA_DIR ??= freshFolder();

const baseURL = `http://localhost:${process.env.E2E_PORT}`;

export default defineConfig({
  testDir: "e2e",
  testMatch: process.env.SCREENSHOTS ? "screenshots.ts" : "*.test.ts",
  outputDir: "test-results/stories",
  fullyParallel: true,
  timeout: 60_000,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0, // a test that passes only then is reported as unstable: scripts/support/report.js
  reporter: "list",
  use: {
    baseURL,
    screenshot: "only-on-failure", // traces of all tests would take half as long again: `npx playwright test --trace on`
    launchOptions: {
      ...(process.env.CHROME && { executablePath: process.env.CHROME }),
      ignoreDefaultArgs: ["--disable-back-forward-cache"], // real browsers have it
      args: ["--disable-background-networking", "--disable-component-update"],
    },
  },
  webServer: {
    command: "node scripts/start.js",
    url: `${baseURL}/readyz`,
    env: {
      NODE_ENV: "test",
      HOST: "127.0.0.1",
      PORT: process.env.E2E_PORT,
      BASE_URL: baseURL,
      DATA_DIR: process.env.E2E_DATA_DIR,
      MONGODB_URI: "",
      BCRYPT_COST: "4",
      RATE_LIMITS: "off",
      LOG_LEVEL: "warn",
    },
    stdout: "ignore",
    stderr: "pipe",
    timeout: 60_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
  },
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Creates a folder for this run's database; it is deleted when the runner ends. */
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "postern-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
