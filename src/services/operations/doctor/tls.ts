import { type Answer, ask, describeUnreachable } from "./ask.js";
import { type DoctorCheck, type Finding, fail, pass, skip, warn } from "./finding.js";

const DAY_MS = 86_400_000;
const WARN_DAYS = 14;
/** Certificates are renewed when a third of their lifetime is left; a quarter means that a renewal has failed. */
const LATE = 1 / 4;
/** Half a year, the minimum of hstspreload.org for a first step. */
const FEWEST_HSTS_SECONDS = 182 * 24 * 60 * 60;

/** Checks the certificate of BASE_URL, and the HSTS header. */
export const checkCertificate: DoctorCheck = async ({ baseUrl, https, waitMs }) => {
  if (!https) return [skip("TLS", "BASE_URL begins with http://. In production, only https:// is possible.")];
  const answer = await ask(new URL("/healthz", baseUrl), waitMs).catch((error: unknown) => describeUnreachable(error));
  if (typeof answer === "string") return [skip("TLS", `${baseUrl.origin} cannot be reached: ${answer}.`)];
  return [judgeCertificate(answer, Date.now()), judgeHsts(answer)];
};

const RENEW = "Renew the certificate (certbot: `certbot renew`), reload the proxy, and check why it was not renewed.";
const problems: Record<string, [what: string, remedy: string]> = {
  CERT_HAS_EXPIRED: ["has expired", RENEW],
  CERT_NOT_YET_VALID: ["is not valid yet", "Check the clock of this machine, or use a certificate that is valid now."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "is for another host name",
    "Get a certificate for the host name of BASE_URL, and check which one the proxy uses.",
  ],
};
const untrusted: [string, string] = [
  "is not from a trusted authority",
  "Let the proxy send the whole chain (certbot: fullchain.pem). If the authority is your own, start this command and the app with NODE_EXTRA_CA_CERTS=/path/to/ca.pem.",
];

function judgeCertificate({ tls }: Answer, now: number): Finding {
  if (!tls) return skip("The certificate", "The connection ended before it was read.");
  const { valid_from, valid_to } = tls.certificate;
  const endsAt = Date.parse(valid_to);
  const days = Math.floor((endsAt - now) / DAY_MS);
  const code = tls.problem !== null && now > endsAt ? "CERT_HAS_EXPIRED" : tls.problem;
  if (code !== null) {
    const [what, remedy] = problems[code] ?? untrusted;
    return fail(`The certificate ${what} (${code})`, "Browsers refuse to open the site.", remedy);
  }
  const lifetimeDays = (endsAt - Date.parse(valid_from)) / DAY_MS;
  const what = `The certificate is valid for ${days === 1 ? "1 more day" : `${days} more days`}`;
  if (days >= Math.min(WARN_DAYS, lifetimeDays * LATE)) return pass(what);
  return warn(
    what,
    "It should have been renewed already. Browsers refuse to open the site when it has expired.",
    RENEW,
  );
}

function judgeHsts({ headers }: Answer): Finding {
  const header = String(headers["strict-transport-security"] ?? "");
  const seconds = Number(/max-age="?(\d+)/i.exec(header)?.[1] ?? 0);
  const days = Math.floor(seconds / 86_400);
  if (seconds >= FEWEST_HSTS_SECONDS) return pass(`HSTS is sent, for ${days} days`);
  return warn(
    header ? `HSTS is sent for only ${days} days` : "HSTS is not sent",
    "Without it, a browser may open the site over http first, where others in its network can read and change it.",
    "The app sends Strict-Transport-Security with two years. Remove the setting of the proxy that deletes or replaces it.",
  );
}
