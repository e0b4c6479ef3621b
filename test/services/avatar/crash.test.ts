import "../../support/environment.js";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../../../src/database/open.js";
import { enqueue } from "../../../src/jobs/enqueue.js";
import { stopQueue } from "../../../src/jobs/queue.js";
import { cleanUpAvatars } from "../../../src/services/avatar/avatar.js";
import { again, clear, expectOnly, person, red, shown, uploaded } from "../../support/avatars/stored.js";
import { silent, temporaryDirectory, temporaryEngine } from "../../support/database/engine.js";
import { allJobsDone } from "../../support/jobs/waiting.js";
import { until } from "../../support/until.js";

const HOURS = 3_600_000;
const MAKER = fileURLToPath(new URL("../../support/avatars/upload-process.js", import.meta.url));

const { uri } = await temporaryEngine();
const database = await openDatabase({ uri, dataDir: temporaryDirectory(), log: silent });
const bytes = await red();
const makers: Maker[] = [];
type Maker = { child: ChildProcess; said: () => string };

/** Starts a process that handles uploads. @param stands the write before which it pauses */
async function maker(stands?: [string, number]): Promise<Maker> {
  const options = [uri, stands ? 60_000 : 500, ...(stands ?? [])].map(String);
  const child = spawn(process.execPath, [MAKER, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  const one = { child, said: () => output };
  makers.push(one);
  await until("it works", () => output.includes("works"));
  return one;
}

async function kill({ child }: Maker): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

beforeEach(clear);
afterEach(() => {
  for (const { child } of makers.splice(0)) child.kill("SIGKILL");
});
after(async () => {
  await stopQueue();
  await database.close();
});

const moments: Record<string, [string, number]> = {
  "before its files have names": ["pictures.updateOne", 1],
  "in the middle of a file": ["pictures.files.updateOne", 2],
  "before the avatar is shown": ["users.findOneAndUpdate", 1],
  "after the avatar is shown and before the old one is removed": ["pictures.chunks.deleteMany", 1],
};

for (const [when, moment] of Object.entries(moments)) {
  test(`if a process is killed ${when}, another one finishes the upload, and no other files are left`, async () => {
    const user = await person();
    const before = await shown(user);
    const first = await maker(moment);
    await enqueue("make-picture", { id: await uploaded(user, bytes) });
    await until("it stands still", () => first.said().includes("stands"));
    await kill(first);
    await maker();
    await allJobsDone();
    await cleanUpAvatars(new Date(Date.now() + 2 * HOURS));
    const { picture } = await again(user);
    assert.ok(picture && picture !== before);
    await expectOnly(picture);
  });
}

test("killing a process that writes files which another one already shows deletes none of them", async () => {
  const user = await person();
  const id = await uploaded(user, bytes);
  const first = await maker(["pictures.chunks.updateOne", 2]);
  await enqueue("make-picture", { id });
  await until("it stands still", () => first.said().includes("stands"));
  await maker();
  await enqueue("make-picture", { id }); // as a sweep does
  await until("the other shows it", async () => Boolean((await again(user)).picture));
  await allJobsDone();
  await kill(first);
  await expectOnly((await again(user)).picture ?? "none");
});
