import { MongoClient } from "mongodb";
import { startEmbedded } from "../../src/database/embedded/index.js";
import { silent } from "../../test/support/database/engine.js";
import type { Person } from "./users.js";

/** Gives a user a site-wide role directly in the database. */
export async function giveRole(
  { email }: Pick<Person, "email">,
  role: "superadmin" | "admin" | "editor",
): Promise<void> {
  const engine = await startEmbedded({ dataDir: process.env.E2E_DATA_DIR ?? "", log: silent });
  const client = await MongoClient.connect(engine.uri);
  const grant = { role, domain: null };
  await client
    .db()
    .collection("users")
    .updateOne({ email }, { $addToSet: { roles: grant } });
  await client.close();
  await engine.stop();
}
