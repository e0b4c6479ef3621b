import "../../src/app.js"; // declares all models, whose indexes are compared
import { config } from "../../src/config/index.js";
import { openDatabase } from "../../src/database/open.js";
import { log } from "../../src/log.js";
import { countFindings, examine } from "../../src/services/operations/doctor/run.js";
import { acceptSecrets } from "../../src/services/operations/doctor/secrets.js";
import { Misuse, type Printed } from "../support/command-line.js";
import { formatReport } from "./format.js";

type Values = { dns?: string[]; wait?: string; "accept-secrets"?: boolean };

/** Examines this installation. @throws Misuse */
export async function run({ dns = [], wait = "10", "accept-secrets": accepts }: Values): Promise<Printed> {
  if (!/^([1-9]|[1-5]\d|60)$/.test(wait)) throw new Misuse("--wait needs a number from 1 to 60.");
  const database = await openDatabase({ uri: config.mongodbUri, dataDir: config.dataDir, log, isRead: true });
  try {
    if (accepts) await acceptSecrets();
    const report = await examine({ ...config, dnsServers: dns, waitMs: Number(wait) * 1_000 });
    const counts = countFindings(report);
    return { text: formatReport(report), data: { ...report, counts }, ...(counts.problem > 0 && { exitCode: 1 }) };
  } finally {
    await database.close();
  }
}
