// Fills the database with demonstration users and posts, and prints their logins. Can run while the app is running.
import { runCommand } from "./support/command-line.js";

const line = {
  call: "npm run seed --",
  about: "Creates demo users and posts, and prints their logins. Not in production.",
  usage: "",
  options: {},
} as const;

await runCommand(line, () => import("./seed/run.js"));
