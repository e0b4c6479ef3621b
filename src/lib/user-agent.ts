import Bowser from "bowser";

export const UNKNOWN_DEVICE = "An unknown browser";
const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const systems: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));

/**
 * Describes the browser of a User-Agent header, such as "Firefox on Windows". Strangers choose the header, and our
 * emails show the result, so it comes only from Bowser's fixed lists, never from the header (Bowser falls back to the
 * header's text).
 */
export function describeAgent(agent: string): string {
  if (agent === "") return UNKNOWN_DEVICE;
  const { browser, os } = Bowser.parse(agent);
  const name = browsers.has(browser.name ?? "") ? browser.name : UNKNOWN_DEVICE;
  return os.name && systems.has(os.name) ? `${name} on ${os.name}` : String(name);
}

/** Returns true for a name that `describeAgent` can return. */
export function isDeviceName(name: string): boolean {
  const [browser = "", os, ...rest] = name.split(" on ");
  const isKnown = browser === UNKNOWN_DEVICE || browsers.has(browser);
  return isKnown && rest.length === 0 && (os === undefined || systems.has(os));
}
