import { measureDepth } from "./depth.js";
import { type Figure, reached } from "./figures.js";
import { measureLogins, measureStorm } from "./logins.js";
import { readOptions, type Values } from "./options.js";
import { countPages } from "./page-counts.js";
import { measurePages } from "./page-speed.js";
import { checkPages, pages } from "./pages.js";
import { measurePeople } from "./people.js";
import { circumstances, table, writeReport } from "./report.js";
import { measureMemory, measureStart } from "./resources.js";
import { soak } from "./soak.js";
import { openScene, openStage, type Scene, type Stage } from "./stage.js";

const SMALL = { database: "postern", size: 1_000, posts: 10_000 };
const LARGE = { database: "postern-large", size: 100_000, posts: 100_000 };

/** Measures what the options ask for, and prints it. @throws Misuse */
export async function run(values: Values): Promise<undefined> {
  const options = readOptions(values);

  const began = performance.now();
  const stage = await openStage();
  const scenes = await openScenes(stage, options.large ? [SMALL, LARGE] : [SMALL]);

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
}

const say = (line: string) => console.error(`${line}…`);

async function openScenes(stage: Stage, sizes: (typeof SMALL)[]): Promise<Scene[]> {
  const scenes: Scene[] = [];
  for (const { database, size, posts } of sizes) {
    say(`Writing ${size.toLocaleString("en")} people and sessions, and ${posts.toLocaleString("en")} posts`);
    const scene = await openScene(stage, database, size, posts);
    await checkPages(scene);
    scenes.push(scene);
  }
  return scenes;
}
