// Measures the response times of pages, relative to a bare Express page and bare bcrypt. docs/bench/README.md explains
// how.
import { line } from "./bench/options.js";
import { runCommand } from "./support/command-line.js";

await runCommand(line, () => import("./bench/run.js"));
