// Manages accounts on the command line: `npm run user -- --help`. Can run while the app is running.
import { config } from "../src/config/index.js";
import { openDatabase } from "../src/database/open.js";
import { closePasswords, configurePasswords } from "../src/lib/passwords/hash.js";
import { setMinPasswordLength } from "../src/lib/passwords/length.js";
import { setSiteWords } from "../src/lib/passwords/policy.js";
import { reserveSiteNames } from "../src/lib/text/site-names.js";
import { log } from "../src/log.js";
import { assertSecrets } from "../src/services/operations/doctor/secrets.js";
import { answer } from "./support/command-line.js";
import { understand } from "./user/command.js";
import { getCall } from "./user/help.js";
import type { Answer } from "./user/verb.js";

const words = process.argv.slice(2);

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
    await database.close();
    await closePasswords();
  }
}

await answer(words, getCall(words), async () => {
  const call = understand(words);
  return "print" in call ? call.print : withDatabase(call.run);
});
