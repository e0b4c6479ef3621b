// Measures the response times of pages, relative to a bare Express page and bare bcrypt. docs/bench/README.md explains
// how.
import { measureDepth } from "./bench/depth.js";
import { type Figure, reached } from "./bench/figures.js";
import { measureLogins, measureStorm } from "./bench/logins.js";
import { readOptions } from "./bench/options.js";
import { countPages } from "./bench/page-counts.js";
import { measurePages } from "./bench/page-speed.js";
import { checkPages, pages } from "./bench/pages.js";
import { measurePeople } from "./bench/people.js";
import { circumstances, table, writeReport } from "./bench/report.js";
import { measureMemory, measureStart } from "./bench/resources.js";
import { soak } from "./bench/soak.js";
import { openScene, openStage, type Scene } from "./bench/stage.js";

const SMALL = { database: "postern", size: 1_000, posts: 10_000 };
const LARGE = { database: "postern-large", size: 100_000, posts: 100_000 };

const options = readOptions();
const say = (line: string) => console.error(`${line}…`);

const began = performance.now();
const stage = await openStage();
const scenes: Scene[] = [];
for (const { database, size, posts } of options.large ? [SMALL, LARGE] : [SMALL]) {
  say(`Writing ${size.toLocaleString("en")} people and sessions, and ${posts.toLocaleString("en")} posts`);
  const scene = await openScene(stage, database, size, posts);
  await checkPages(scene);
  scenes.push(scene);
}

if (options.soak !== null) {
  await soak(scenes[0] as Scene, options.soak);
  await Promise.all(scenes.map(({ app }) => app.stop()));
  await stage.close();
  process.exit();
}

const wanted = pages.filter(({ key }) => options.wants(key));
const figures: Figure[] = await measurePages(wanted, scenes, options, say);
say("Counting");
const counted = await countPages(wanted, scenes[0] as Scene);
for (const [n, page] of wanted.entries()) Object.assign(figures[n] as Figure, { counts: counted.get(page) });
if (options.wants("list-deep")) {
  say("Far down the list");
  figures.push(await measureDepth(scenes, options));
}
if (options.wants("people") && scenes.length > 1) {
  say("The list of people");
  figures.push(...(await measurePeople(scenes, options)));
}
if (options.wants("logins")) {
  say("Logins");
  figures.push(await measureLogins(scenes, options));
}
if (options.wants("storm")) {
  say("A storm of logins");
  figures.push(await measureStorm(scenes, options));
}
if (options.wants("memory")) figures.push(measureMemory(scenes));
await Promise.all(scenes.map(({ app }) => app.stop()));
await stage.close();
if (options.wants("start")) {
  say("Starting");
  figures.push(await measureStart(stage));
}

const conditions = {
  sizes: scenes.map(({ size }) => size),
  rounds: options.rounds,
  seconds: options.seconds,
  minutes: (performance.now() - began) / 60_000,
};
console.log(`\n${table(figures, conditions)}\n\n${circumstances(conditions)}`);
const missed = figures.filter((figure) => !reached(figure)).map(({ name }) => name);
console.log(missed.length === 0 ? "Every target is reached." : `Missed: ${missed.join("; ")}.`);
if (options.whole) writeReport(figures, conditions);
