import { type Page, readToken, type Visitor, visitor } from "../visitor.js";

type Fields = Record<string, string>;
let networks = 0;

/** Returns an IP address in an IPv4 /24 that no test of this file has used. */
export function anotherNetwork(): string {
  networks += 1;
  return `10.${(networks >> 8) & 255}.${networks & 255}.7`;
}

/** A visitor with this IP address, as the proxy reports it, with a new browser by default. */
export function from(ip: string, browser: Visitor = visitor()) {
  /** Opens the page with the form; the returned function sends it. */
  const fillIn = async (path: string, fields: Fields, page = path): Promise<() => Promise<Page>> => {
    const _csrf = readToken((await browser.get(page)).text);
    return () => browser.send(path, { _csrf, ...fields }, { "x-forwarded-for": ip });
  };
  const post = async (path: string, fields: Fields, page = path) => (await fillIn(path, fields, page))();
  const logIn = (login: string, password = "not-the-password") => post("/login", { login, password });
  return { ...browser, browser, fillIn, post, logIn };
}
