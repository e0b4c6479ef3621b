import { type Answer, ask, describeUnreachable } from "./ask.js";
import { type DoctorCheck, type Finding, fail, pass, warn } from "./finding.js";
import { createProbe } from "./probe.js";
import { compareProxies, MARKER } from "./proxies.js";

/** Asks this app through BASE_URL, and counts the proxies on the way. */
export const checkAddress: DoctorCheck = async (settings) => {
  const { baseUrl, waitMs } = settings;
  const { question, read } = createProbe();
  const answer = await ask(new URL(`/healthz/${question}`, baseUrl), waitMs, { "X-Forwarded-For": MARKER }).catch(
    (error: unknown) => describeUnreachable(error),
  );
  if (typeof answer === "string")
    return [
      fail(
        `${baseUrl.origin} cannot be reached from here: ${answer}`,
        "This is BASE_URL. Links in emails, forms and passkeys work only there.",
        "Start the app and the proxy, and check BASE_URL, DNS and the firewall. If your network does not let this machine reach its own public address, let its hosts file lead to the proxy.",
      ),
    ];
  const seen = answer.status === 200 ? read(answer.body.trim()) : null;
  if (!seen) return [describeOther(answer, baseUrl)];
  return [
    pass(`${baseUrl.origin} leads to this app`),
    ...(seen.host === baseUrl.host ? [] : [describeHost(seen.host, baseUrl)]),
    compareProxies(seen, settings),
  ];
};

const describeOther = ({ status }: Answer, { origin }: URL): Finding =>
  fail(
    `${origin} answers with status ${status}, and not as this app`,
    "This is BASE_URL. Another program answers there, an older version of this app, or a process with another SESSION_SECRET. Users of such processes are logged out at random.",
    "Check BASE_URL and where the proxy forwards to. Give all processes the same SESSION_SECRET, and restart those that run an older version.",
  );

const describeHost = (host: string, baseUrl: URL): Finding =>
  warn(
    `The app gets the host name ${host || "(none)"} instead of ${baseUrl.host}`,
    "Pages that are opened under another host name show a warning, and their forms don't work.",
    "Let the proxy forward the Host header (nginx: proxy_set_header Host $http_host).",
  );
