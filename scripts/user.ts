// Manages accounts on the command line: `npm run user -- --help`. Can run while the app is running.
import { config } from "../src/config/index.js";
import { openDatabase } from "../src/database/open.js";
import { stopQueue } from "../src/jobs/queue.js";
import { closePasswords, configurePasswords } from "../src/lib/passwords/hash.js";
import { setMinPasswordLength } from "../src/lib/passwords/length.js";
import { setSiteWords } from "../src/lib/passwords/policy.js";
import { reserveSiteNames } from "../src/lib/text/site-names.js";
import { log } from "../src/log.js";
import { assertSecrets } from "../src/services/operations/doctor/secrets.js";
import { understand } from "./user/command.js";
import { type Answer, Misuse } from "./user/verb.js";

const words = process.argv.slice(2);
const isForPrograms = words.includes("--json");

async function withDatabase(run: () => Promise<Answer>): Promise<Answer> {
  configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost });
  setMinPasswordLength(config.passwordMin);
  setSiteWords([config.appName, config.baseUrl.hostname]);
  reserveSiteNames([config.appName]);
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    await assertSecrets();
    return await run();
  } finally {
    await stopQueue();
    await database.close();
    await closePasswords();
  }
}

try {
  const call = understand(words);
  if ("print" in call) console.log(call.print);
  else {
    const { text, data } = await withDatabase(call.run);
    console.log(isForPrograms ? JSON.stringify(data) : text);
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(isForPrograms ? JSON.stringify({ error: message }) : message);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
