// @ts-check
// For images and deployments: installs and compiles, so that only `npm start` is left to do. With --all, also what only
// tests and tools need.
import "./support/setup.js";
import { prepare, prepareAll } from "./support/build.js";
import { command } from "./support/command.js";

await command(process.argv.includes("--all") ? prepareAll : prepare);
