// @ts-check
// For images and deployments: installs, compiles, and leaves the rest to `npm start`.
import "./support/setup.js";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";

await command(prepare);
