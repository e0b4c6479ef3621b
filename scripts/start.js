// @ts-check
import "./support/setup.js";
import { prepare } from "./support/build.js";
import { command } from "./support/command.js";

await command(prepare);
process.setSourceMapsEnabled(true);
await import(String(new URL("../dist/src/server.js", import.meta.url)));
