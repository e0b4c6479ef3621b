import type { Request } from "express";
import { config } from "../../config/index.js";
import { log } from "../../log.js";
import { isOwnOrigin } from "../csrf.js";

/** The maximum number of logged hosts. Clients can send any name. */
const MOST_LOGGED = 20;
const MOST_LOGGED_LENGTH = 200;
const logged = new Set<string>();

/**
 * Returns true if a page was requested with another host than that of BASE_URL, where its forms are refused. A proxy
 * may have changed the host, so the page shows a warning only if the browser confirms it (public/js/other-host.js).
 */
export function hasOtherHost({ headers: { host = "" } }: Pick<Request, "headers">): boolean {
  if (host === config.baseUrl.host || isOwnOrigin(`${config.baseUrl.protocol}//${host}`)) return false;
  logOnce(host.slice(0, MOST_LOGGED_LENGTH));
  return true;
}

function logOnce(host: string): void {
  if (logged.has(host) || logged.size >= MOST_LOGGED) return;
  logged.add(host);
  log.warn(
    { event: "request.other-host", host, baseUrl: config.baseUrl.origin },
    "a page was requested with another host than BASE_URL: its forms are refused, unless a proxy changed the Host header",
  );
}
