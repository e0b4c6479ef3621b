import Bowser from "bowser";

export const UNKNOWN_DEVICE = "An unknown browser";
const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const systems: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));

/**
 * Describes the browser of a User-Agent header, such as "Firefox on Windows". A client can send any header, and our
 * emails show the result. So the names come only from Bowser's fixed lists; Bowser itself would fall back to text of
 * the header.
 */
export function describeAgent(agent: string): string {
  if (agent === "") return UNKNOWN_DEVICE;
  const { browser, os } = Bowser.parse(agent);
  const name = browsers.has(browser.name ?? "") ? browser.name : UNKNOWN_DEVICE;
  return os.name && systems.has(os.name) ? `${name} on ${os.name}` : String(name);
}

/** Returns true if `describeAgent` can return this name. */
export function isDeviceName(name: string): boolean {
  const [browser = "", os, ...rest] = name.split(" on ");
  const isKnown = browser === UNKNOWN_DEVICE || browsers.has(browser);
  return isKnown && rest.length === 0 && (os === undefined || systems.has(os));
}
