import { origin } from "./app.js";

export type Page = { status: number; headers: Headers; text: string; location: string | null };
type Fields = Record<string, string>;

/**
 * Creates a visitor with a new browser, which keeps cookies, fills in forms, and does not follow redirects.
 * @param cookies those of another visitor, to use the same browser with another server
 */
export function visitor(base = origin, cookies = new Map<string, string>()) {
  async function request(path: string, init: RequestInit = {}): Promise<Page> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    if (!headers.has("accept")) headers.set("accept", "text/html");
    if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity"); // compressing takes half of a test's time
    const response = await fetch(base + path, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) keep(cookies, line);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, location: response.headers.get("location") };
  }

  const get = (path: string, headers: Fields = {}) => request(path, { headers });
  const send = (path: string, fields: Fields | string, headers: Fields = {}) =>
    request(path, { method: "POST", body: new URLSearchParams(fields), headers });

  /** Opens the page with the form, and sends the form to `action` like a browser. */
  async function submit(page: string, fields: Fields, action = page) {
    const _csrf = readToken((await get(page)).text);
    return send(action, { _csrf, ...fields });
  }

  return { cookies, request, get, send, submit };
}

export type Visitor = ReturnType<typeof visitor>;

/** Returns the token of the first form on a page; "" if there is none. */
export const readToken = (html: string): string => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? "";

export const unescaped = (text: string) =>
  text.replace(
    /&(amp|lt|gt|#34|#39);/g,
    (_, name) => ({ amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'" })[name as "lt"],
  );

/** Returns the hidden fields of the form with this action. The default is the last form, which is the page's own. */
export function hiddenFields(html: string, action?: string): Fields {
  const forms = [...html.matchAll(/<form\b[^>]*method="post"[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.filter((one) => !action || one.includes(`action="${action}"`)).at(-1) ?? "";
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

function keep(cookies: Map<string, string>, line: string) {
  const [pair = "", ...attributes] = line.split("; ");
  const at = pair.indexOf("=");
  const expired = attributes.some((one) => /^expires=Thu, 01 Jan 1970|^max-age=0/i.test(one));
  if (expired) cookies.delete(pair.slice(0, at));
  else cookies.set(pair.slice(0, at), pair.slice(at + 1));
}
