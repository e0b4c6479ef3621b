import assert from "node:assert/strict";
import { test } from "node:test";

const { showing } = await import(new URL("../../../scripts/support/progress.js", import.meta.url).href);

test("a long task reports its name, its progress, and its duration", async () => {
  const lines: string[] = [];
  let end: (value: string) => void = () => {};
  let time = 0;
  const work = () => new Promise<string>((resolve) => (end = resolve));
  const write = (line: string) => {
    lines.push(line);
    time += 10_000;
    if (lines.length === 3) end("done");
  };
  assert.equal(await showing("Building", work, { write, now: () => time, intervalMs: 1 }), "done");
  assert.equal(lines[0], "Building…");
  assert.match(lines[1] ?? "", /still running after \d+ s/);
  assert.match(lines.at(-1) ?? "", /took \d+ s/);
});

test("a failure is thrown, and the progress lines stop", async () => {
  const lines: string[] = [];
  const fail = () => Promise.reject(new Error("no packages"));
  await assert.rejects(
    showing("Installing", fail, { write: (line: string) => lines.push(line), intervalMs: 1 }),
    /no packages/,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(lines, ["Installing…"]);
});
