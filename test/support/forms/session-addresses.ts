import { proofs } from "../../../src/definitions/proofs.js";
import { machineRoutes, pageRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { readToken, type Visitor } from "../visitor.js";

const list = (map: typeof pageRoutes) => new Set(listMountedRoutes(map).map(({ method, path }) => `${method} ${path}`));
const [pages, machines] = [list(pageRoutes), list(machineRoutes)];

/** The addresses of all pages. */
export const pageAddresses: ReadonlySet<string> = pages;
/** All addresses that read a session. */
export const sessionAddresses = Object.entries(proofs)
  .flatMap(([path, row]) => Object.keys(row).map((method) => ({ method, path })))
  .filter(({ method, path }) => pages.has(`${method} ${path}`) || !machines.has(`${method} ${path}`));

/** Fills in an address. Its ids belong to no document. */
export const fillAddress = (path: string, username: string) =>
  path.replace(/:username/g, username).replace(/:\w+/g, "0".repeat(24));

/**
 * Opens an address, or sends an empty form to it.
 * @param page one that this user may open
 */
export async function openAddress(browser: Visitor, { method, path }: { method: string; path: string }, page: string) {
  if (method === "GET") return browser.get(path);
  const _csrf = readToken((await browser.get(page)).text);
  if (path !== "/account/avatar") return browser.send(path, { _csrf });
  const body = new FormData();
  body.set("_csrf", _csrf);
  return browser.request(path, { method, body });
}
