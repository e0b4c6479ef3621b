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

/** Returns an IP address that no visitor had before. */
export function nextAddress(): string {
  visitors += 1;
  return [10, visitors >> 16, visitors >> 8, visitors].map((byte) => byte & 255).join(".");
}

/** Creates the request with which a visitor sends a form. Each visitor has their own IP address. */
function formRequest(
  { token, cookie }: LoginForm,
  path: string,
  fields: Record<string, string>,
): Request & { headers: Record<string, string> } {
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/x-www-form-urlencoded", cookie, "x-forwarded-for": nextAddress() },
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

/** Sends a request and returns the text of the answer. @throws Error if its status is another one */
export async function read(
  origin: string,
  { method = "GET", path, headers, body }: Request,
  status = 200,
): Promise<string> {
  const answer = await fetch(origin + path, {
    method,
    headers: headers as Record<string, string>,
    ...(body !== undefined && { body: String(body) }),
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status !== status) throw new Error(`${path} answers ${answer.status}`);
  return answer.text();
}

/** Logs a program in, and returns its access token. Each program has its own IP address. */
export async function logInProgram(origin: string, { email }: Pick<Person, "email">): Promise<string> {
  const headers = { "content-type": "application/json", "x-forwarded-for": nextAddress() };
  const body = JSON.stringify({ email, password: PASSWORD });
  const text = await read(origin, { method: "POST", path: "/api/v1/auth/login", headers, body });
  return (JSON.parse(text) as { access_token: string }).access_token;
}
