import "../support/environment.js";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { origin } from "../support/app.js";

const BREAK = "--- the next part ---";
const page = readFileSync(fileURLToPath(new URL("../../../docs/api.md", import.meta.url)), "utf8");
const parts = [...page.matchAll(/```sh\n([\s\S]*?)```\n(?:```text\n([\s\S]*?)```)?/g)].map(
  ([, code = "", says = ""]) => {
    return { code: code.replaceAll("http://localhost:3000", origin), says };
  },
);

test("the commands in docs/api.md work as written", async () => {
  assert.ok(parts.length >= 8, String(parts.length));
  const script = parts.map(({ code }) => `${code}\necho; echo '${BREAK}'`).join("\n");
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { timeout: 120_000 });
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  const said = stdout.split(BREAK).slice(0, -1);
  assert.deepEqual(
    said.map(lines),
    parts.map(({ says }) => lines(says)),
  );
});
