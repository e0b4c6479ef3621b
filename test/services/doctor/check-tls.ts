// Checks the certificate of one address in a process of its own: Node reads NODE_EXTRA_CA_CERTS only when it starts.
import { config } from "../../../src/config/index.js";
import { checkCertificate } from "../../../src/services/operations/doctor/tls.js";

const baseUrl = new URL(process.argv[2] ?? "");
process.stdout.write(JSON.stringify(await checkCertificate({ ...config, baseUrl, https: true, waitMs: 60_000 })));
