// A process that uses the embedded database of a directory until it is killed: node engine-user.js <directory>
// Prints its engine as a line of JSON, { uri, pid }, at the start and whenever the pid changes.
import { startEmbedded } from "../../../src/database/embedded/index.js";
import { copies, silent } from "./engine.js";

const engine = await startEmbedded({ dataDir: process.argv[2] ?? "", log: silent, copies });
let told: number | null | undefined;
setInterval(() => {
  if (engine.pid === told) return;
  told = engine.pid;
  console.log(JSON.stringify({ uri: engine.uri, pid: told }));
}, 20);
