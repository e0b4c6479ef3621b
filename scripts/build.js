// @ts-check
// For images and deployments: installs and compiles, so that only `npm start` is left to do.
import "./support/setup.js";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";

await command(prepare);
