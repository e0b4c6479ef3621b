import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./ip.js";

/** Thrown if a host is, or has, an address that is not public. Nothing was sent then. */
export class PrivateAddress extends Error {
  override name = "PrivateAddress";
}

/**
 * Resolves a host for a connection, and refuses it if one of its addresses is not public. The connection uses exactly
 * the addresses that were checked here: a name that changes in between ("DNS rebinding") gains nothing.
 */
const lookUpPublic: LookupFunction = (host, options, done) => {
  dns.lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) return done(error ?? new Error(`${host} has no address`), "", 0);
    if (!addresses.every(({ address }) => isPublicAddress(address))) return done(new PrivateAddress(host), "", 0);
    if (options.all) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

/** Returns the host of an address, without the brackets of IPv6. `URL` has turned other forms of IPv4 into dots. */
const getHost = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, "");

/** Returns true if the host is a literal address that is not public. */
export const isPrivateLiteral = (url: URL): boolean => isIP(getHost(url)) !== 0 && !isPublicAddress(getHost(url));

type Sending = {
  headers: Record<string, string>;
  body: string;
  /** True allows addresses that are not public. */
  mayBePrivate: boolean;
  timeoutMs: number;
  /** Maximum length of the answer in bytes; the rest is not read. */
  longest: number;
};

/**
 * Posts to an address that a user chose. Redirects are not followed, because they would lead past the check of the
 * address; proxies are not used, because they would resolve the host once more.
 * @returns the status and the beginning of the answer
 * @throws PrivateAddress; the error of the connection; an AbortError when the time is over, with the answer included
 */
export function post(url: URL, sending: Sending): Promise<{ status: number; text: string }> {
  const { headers, body, mayBePrivate, timeoutMs, longest } = sending;
  if (!mayBePrivate && isPrivateLiteral(url)) return Promise.reject(new PrivateAddress(getHost(url)));
  const options = {
    method: "POST",
    headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    agent: false as const, // a connection of its own, so no connection to another address is reused
    signal: AbortSignal.timeout(timeoutMs),
    ...(!mayBePrivate && { lookup: lookUpPublic }),
  };
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "https:" ? https : http;
    let isAnswered = false;
    const sent = request(url, options, (answer) => {
      isAnswered = true;
      const parts: Buffer[] = [];
      let length = 0;
      const end = () => {
        const text = Buffer.concat(parts).subarray(0, longest).toString("utf8");
        resolve({ status: answer.statusCode ?? 0, text });
        sent.destroy();
      };
      answer.on("data", (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length >= longest) end();
      });
      answer.on("end", end);
      answer.on("error", reject);
    });
    sent.on("error", reject);
    // After `101 Switching Protocols`, Node emits nothing but "close". After other answers, "end" or "error" follows.
    sent.on("close", () => {
      if (!isAnswered) reject(Object.assign(new Error("No answer"), { code: "ECONNRESET" }));
    });
    sent.end(body);
  });
}
