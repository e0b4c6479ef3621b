import { tokenOf, type Visitor, visitor } from "./visitor.js";

let networks = 0;

/** An address in a network that no test of this file has used yet. */
export function anotherNetwork(): string {
  networks += 1;
  return `10.${networks >> 16}.${(networks >> 8) & 255}.${networks & 255}`;
}

/** Somebody at this address, as the proxy reports it, with a browser of their own unless given. */
export function from(ip: string, browser: Visitor = visitor()) {
  const post = async (path: string, fields: Record<string, string>, page = path) => {
    const _csrf = tokenOf((await browser.get(page)).text);
    return browser.send(path, { _csrf, ...fields }, { "x-forwarded-for": ip });
  };
  const logIn = (login: string, password = "not-the-password") => post("/login", { login, password });
  return { ...browser, browser, post, logIn };
}
