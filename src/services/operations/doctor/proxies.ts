import { type Finding, fail, pass, type Settings, warn } from "./finding.js";
import type { Seen } from "./probe.js";

/** An address for documentation (RFC 5737), which no real client has. The doctor sends it in X-Forwarded-For. */
export const MARKER = "192.0.2.77";

/**
 * Counts the proxies that added to X-Forwarded-For.
 *
 * | X-Forwarded-For at the app            | proxies | because                                            |
 * | ------------------------------------- | ------- | -------------------------------------------------- |
 * | marker                                | 0       | nobody added anything                              |
 * | marker, 203.0.113.5                   | 1       | one proxy appended the address of its client       |
 * | marker, 203.0.113.5, 10.0.0.1         | 2       | the second proxy appended the address of the first |
 * | 203.0.113.5                           | 1       | the proxy replaced the header                      |
 */
const countProxies = (forwardedFor: string[]): number => {
  const marker = forwardedFor.lastIndexOf(MARKER);
  return marker === -1 ? forwardedFor.length : forwardedFor.length - 1 - marker;
};

const say = (count: number) => (count === 1 ? "1 proxy adds" : `${count} proxies add`);

/** Compares the proxies with TRUST_PROXY. */
export function compareProxies({ forwardedFor, trusted }: Seen, { https }: Settings): Finding {
  const count = countProxies(forwardedFor);
  const what = `${say(count)} to X-Forwarded-For, and TRUST_PROXY is ${trusted}`;
  if (trusted > count)
    return fail(
      what,
      "A client can send this header itself and choose its own network address. Rate limits then stop nobody, and the audit log shows false addresses.",
      `Set TRUST_PROXY=${count} and restart.`,
    );
  if (trusted < count)
    return fail(
      what,
      "All users have the address of a proxy and share its rate limits: one of them can stop the logins of all.",
      `Set TRUST_PROXY=${count} and restart.`,
    );
  if (https && count === 0)
    return warn(
      "The proxy does not add to X-Forwarded-For",
      "All users have the address of the proxy and share its rate limits: one of them can stop the logins of all.",
      "Let the proxy set X-Forwarded-For to the address of its client, set TRUST_PROXY=1 and restart.",
    );
  return pass(what);
}
