// Fills the database with people and posts for demonstrations and says who to log in as. Works beside a running app.
import { config } from "../src/config.js";
import { openDatabase } from "../src/database/open.js";
import { closePasswords, configurePasswords } from "../src/lib/passwords.js";
import { log } from "../src/log.js";
import { sow } from "./seed/sow.js";

if (config.production) {
  console.error("Demo people do not belong into production. Nothing was changed.");
  process.exit(1);
}

try {
  configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost });
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    const { usernames, password, written } = await sow();
    console.log(`${usernames.length} people, ${written} new posts. Log in as any of ${usernames.join(", ")}.`);
    console.log(`Their password, shown this once and new at every run: ${password}`);
  } finally {
    await database.close();
    await closePasswords();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
