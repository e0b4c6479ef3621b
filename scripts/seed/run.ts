import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { closePasswords, configurePasswords } from "../../src/lib/passwords/hash.js";
import { log } from "../../src/log.js";
import { assertSecrets } from "../../src/services/operations/doctor/secrets.js";
import { sow } from "./sow.js";

/** Creates the demo users, and prints their logins. */
export async function run(): Promise<undefined> {
  if (config.production)
    throw new Error("The seed creates demo users and doesn't run in production. Nothing was changed.");
  configurePasswords({ pepper: config.passwordPepper, cost: config.bcryptCost });
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log });
  try {
    await assertSecrets();
    const { people, others, password, app, written } = await sow();
    console.log(`${people.length + others.length} users, ${written} new posts. Log in as any of these:\n`);
    for (const { username, is } of people) console.log(`  ${username.padEnd(10)}${is}`);
    console.log(`\nPassword for all of them (shown only once, new on every run): ${password}`);
    console.log(`${app.username} also needs the code of an authenticator app. Add it with this key: ${app.key}`);
    console.log(`These can't log in: ${others.map(({ name, is }) => `${name} (${is})`).join(", ")}.`);
  } finally {
    await database.close();
    await closePasswords();
  }
}
