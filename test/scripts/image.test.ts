import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DockerfileParser, type Instruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";
import { temporaryDirectory, temporaryEngine } from "../support/database/engine.js";
import { freePort, startServer } from "../support/processes/server.js";
import { exceptOnDay } from "../support/settings/sample.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const read = (file: string) => readFileSync(join(project, file), "utf8");
const dockerfile = read("Dockerfile");
const instructions = DockerfileParser.parse(dockerfile).getInstructions();
const lastFrom = instructions.findLastIndex((step) => step.getKeyword() === "FROM");
const stages = { build: instructions.slice(0, lastFrom), image: instructions.slice(lastFrom) };
const compose = parse(read("compose.yaml"));

const values = (step: Instruction) => step.getTextContent().split(/\s+/).slice(1);
const isFlag = (word: string) => word.startsWith("--");
const isCopyOfSources = (step: Instruction) => step.getKeyword() === "COPY" && !values(step).some(isFlag);

/** Performs a step of the Dockerfile in a folder. It uses this project's packages, so that tests need no network. */
function perform(step: Instruction, folder: string, build: string) {
  const words = values(step);
  if (step.getKeyword() === "COPY") {
    const from = words.some(isFlag) ? build : project;
    const paths = words.filter((word) => !isFlag(word)).map((word) => word.replace(/^\/app\//, ""));
    const target = paths.pop() ?? "";
    for (const path of paths) {
      cpSync(join(from, path), join(folder, target === "./" ? path : target), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }
  if (step.getKeyword() !== "RUN" || words[0] === "mkdir") return;
  const command = words.join(" ");
  if (command === "npm ci") return run("cp", ["-a", join(project, "node_modules"), folder], folder);
  run("npm", [...words.slice(1), "--offline"], folder);
}

function run(command: string, words: string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${command} ${words.join(" ")}: ${stdout}${stderr}`);
}

test("the Dockerfile is valid", () => {
  assert.deepEqual(validate(dockerfile), []);
});

test("the build context contains exactly the files that the Dockerfile copies", () => {
  const sent = Array.from(read(".dockerignore").matchAll(/^!(.+)$/gm), ([, path = ""]) => path);
  const copied = instructions.filter(isCopyOfSources).flatMap((step) => values(step).slice(0, -1));
  assert.match(read(".dockerignore"), /^\*$/m);
  assert.deepEqual(sent.sort(), [...new Set(copied)].sort());
});

test("the image that the Dockerfile builds starts in production, without compiler and sources", {
  skip: exceptOnDay(0),
}, async () => {
  const build = temporaryDirectory();
  const image = temporaryDirectory();
  for (const step of stages.build) perform(step, build, build);
  for (const step of stages.image) perform(step, image, build);
  assert.equal(existsSync(join(image, "src")), false);
  assert.equal(existsSync(join(image, "node_modules/typescript")), false);

  const PORT = String(await freePort());
  const server = startServer(
    {
      NODE_ENV: "production",
      PORT,
      BASE_URL: "https://accounts.example.org",
      MONGODB_URI: (await temporaryEngine()).uri,
      SESSION_SECRET: "kT9cVb3mQw8zLx5nRj2hGf7dYs4pAe6u",
      PASSWORD_PEPPER: "uN4bXq7eWz2rTk9mVc5jHs8yLg3dPf6a",
    },
    { program: join(image, "dist/src/server.js") },
  );
  assert.equal(await server.ready, true, server.output());
  const [, ...check] = JSON.parse(/^ {2}CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "") as string[];
  const isHealthy = () => spawnSync(process.execPath, check, { env: { PORT } }).status === 0;
  assert.equal(isHealthy(), true);
  const help = spawnSync("npm", ["run", "user", "--", "--help"], { cwd: image, encoding: "utf8" });
  assert.equal(help.status, 0, help.stdout + help.stderr);
  server.stop();
  assert.equal(await server.ended, 0);
  assert.equal(isHealthy(), false);
});

test("compose runs the app, a mail catcher and MongoDB, which only this machine can reach", () => {
  assert.deepEqual(Object.keys(compose.services), ["app", "mail", "mongo"]);
  const ports = Object.values<{ ports?: string[] }>(compose.services).flatMap((service) => service.ports ?? []);
  assert.equal(ports.length, 3);
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
});

test("compose sets only variables that .env.example lists", () => {
  const names = Object.keys(compose.services.app.environment);
  const unknown = names.filter((name) => !new RegExp(`^#${name}=`, "m").test(read(".env.example")));
  assert.deepEqual(unknown, []);
});
