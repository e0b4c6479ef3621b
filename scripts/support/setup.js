// @ts-check
// Every command imports this module first. It checks the version of Node and changes to the project's root.
import "./parent.js";
import { fileURLToPath } from "node:url";

const oldest = { major: 20, minor: 19 };
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
  console.error(
    `Postern needs Node ${oldest.major}.${oldest.minor} or newer. You have ${process.versions.node}. Get a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
