import type { Request } from "autocannon";
import type { Types } from "mongoose";

/** A user of the data set. */
export interface Person {
  id: Types.ObjectId;
  username: string;
  email: string;
  /** The session cookie, as a browser sends it. */
  cookie: string;
  /** An API token; empty for all but the first users. */
  token: string;
}

/** The password of all users. */
export const PASSWORD = "a-sturdy-Gate-in-the-old-wall";

const PATIENCE_MS = 10_000;

/** The login form as a visitor gets it: its CSRF token and the matching cookie. */
export interface LoginForm {
  token: string;
  cookie: string;
}

export async function openLoginForm(origin: string): Promise<LoginForm> {
  const page = await fetch(`${origin}/login`);
  const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1];
  const cookie = listCookies(page);
  if (!token || !cookie) throw new Error("The login page has no form to send.");
  return { token, cookie };
}

let visitors = 0;

/** Creates the request with which a visitor sends a form. Each visitor has their own IP address. */
function formRequest(
  { token, cookie }: LoginForm,
  path: string,
  fields: Record<string, string>,
): Request & { headers: Record<string, string> } {
  visitors += 1;
  const address = [10, visitors >> 16, visitors >> 8, visitors].map((byte) => byte & 255).join(".");
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/x-www-form-urlencoded", cookie, "x-forwarded-for": address },
    body: String(new URLSearchParams({ _csrf: token, ...fields })),
  };
}

/** Creates the request with which a user logs in. */
export const loginRequest = (form: LoginForm, { email }: Pick<Person, "email">) =>
  formRequest(form, "/login", { login: email, password: PASSWORD });

/** Logs a user in and returns the session cookie. */
export async function logIn(origin: string, person: Pick<Person, "email">): Promise<string> {
  const { headers, body } = loginRequest(await openLoginForm(origin), person);
  const answer = await fetch(`${origin}/login`, { method: "POST", headers, body: String(body), redirect: "manual" });
  if (answer.status !== 303) throw new Error(`Nobody gets in: ${answer.status}`);
  return listCookies(answer);
}

const listCookies = (page: Response) =>
  page.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

/** Creates the request for a page, made by this user or by a visitor. */
export function pageRequest(path: string, person?: Person): Request {
  return { method: "GET", path, headers: person ? { cookie: person.cookie } : {} };
}

/** Returns the text of a page. @throws Error if its status is not 200 */
export async function read(origin: string, { path, headers }: Request): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const page = await fetch(origin + path, { headers: headers as Record<string, string>, redirect: "manual", signal });
  if (page.status !== 200) throw new Error(`${path} answers ${page.status}`);
  return page.text();
}
