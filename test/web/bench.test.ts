import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MongoClient } from "mongodb";
import { countPages } from "../../scripts/bench/page-counts.js";
import { checkPages, pages } from "../../scripts/bench/pages.js";
import { openScene, openStage } from "../../scripts/bench/stage.js";
import { until } from "../support/until.js";

// The benchmark is run by hand. This keeps its data, its requests and its counts correct.

const stage = await openStage();
const scene = await openScene(stage, "postern", 40, 400);
const client = await MongoClient.connect(scene.environment.MONGODB_URI ?? "");
after(async () => {
  await client.close();
  await stage.close();
});

test("the pages of the benchmark show what they should", () => checkPages(scene));

test("counts are those of requests alone, although background jobs become due", async () => {
  const jobs = client.db().collection("jobs");
  await until(
    "recurring jobs are stored",
    async () => (await jobs.countDocuments({ repeatInterval: { $ne: null } })) >= 5,
  );
  await scene.app.stop(); // it would run the jobs
  const makeDue = () => jobs.updateMany({ repeatInterval: { $ne: null } }, { $set: { nextRunAt: new Date(0) } });
  const asked = pages
    .filter(({ key }) => key !== "me-login") // needs many logins
    .map((page) => ({
      ...page,
      async requests(...given: Parameters<typeof page.requests>) {
        const { matchedCount } = await makeDue();
        assert.ok(matchedCount >= 5, String(matchedCount));
        return page.requests(...given);
      },
    }));
  const counted = await countPages(asked, scene, 10);
  const commands = Object.fromEntries([...counted].map(([{ key }, costs]) => [key, costs.commands]));
  assert.deepEqual(commands, {
    login: 0,
    register: 0,
    dashboard: 3,
    post: 2,
    list: 3,
    "list-mixed": 3,
    me: 3,
    write: 7,
  });
  assert.equal(await jobs.countDocuments({ nextRunAt: new Date(0), lockedAt: null }), (await makeDue()).matchedCount);
  for (const { fromDatabase, allocated, page } of counted.values())
    assert.ok(fromDatabase < 20 && allocated > 20 && page > 0, JSON.stringify([fromDatabase, allocated, page]));
});
