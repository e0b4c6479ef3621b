// @ts-check
// For images and deployments: installs and compiles; `npm start` does the rest.
import "./support/setup.js";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";

await command(prepare);
