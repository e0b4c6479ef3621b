import type { Request } from "autocannon";
import type { Types } from "mongoose";

/** A user of the data set, as they come back. */
export interface Person {
  id: Types.ObjectId;
  username: string;
  email: string;
  /** The session's cookie, as a browser sends it. */
  cookie: string;
}

/** Everybody's password. */
export const PASSWORD = "a-sturdy-Gate-in-the-old-wall";

const PATIENCE_MS = 10_000;

/** A visitor's form: its token and the cookie that goes with it. */
export interface LoginForm {
  token: string;
  cookie: string;
}

/** Opens the login page. */
export async function openLoginForm(origin: string): Promise<LoginForm> {
  const page = await fetch(`${origin}/login`);
  const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1];
  const cookie = listCookies(page);
  if (!token || !cookie) throw new Error("The login page has no form to send.");
  return { token, cookie };
}

let visitors = 0;

/** The request by which a visitor sends a form, from an address of their own. */
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

/** The request by which a person logs in. */
export const loginRequest = (form: LoginForm, { email }: Pick<Person, "email">) =>
  formRequest(form, "/login", { login: email, password: PASSWORD });

/** Logs a person in and answers with their session's cookie. */
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

/** A page as this person's browser asks for it; a visitor's when nobody is named. */
export function pageRequest(path: string, person?: Person): Request {
  return { method: "GET", path, headers: person ? { cookie: person.cookie } : {} };
}

/** The text of a page. @throws when it is not there */
export async function read(origin: string, { path, headers }: Request): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const page = await fetch(origin + path, { headers: headers as Record<string, string>, redirect: "manual", signal });
  if (page.status !== 200) throw new Error(`${path} answers ${page.status}`);
  return page.text();
}
