import assert from "node:assert/strict";
import { isSecretField } from "../../../src/definitions/secret-fields.js";
import { Device } from "../../../src/models/device.js";
import { User } from "../../../src/models/user.js";
import { findFormPages } from "../../../src/routes/form-pages.js";
import { pageRoutes } from "../../../src/routes/index.js";
import { listMountedRoutes } from "../../../src/web/mount.js";
import { webhook } from "../jobs/webhooks.js";
import { domain } from "../users/domains.js";
import { member, post, withRole, comment as writeComment } from "../users.js";
import { unescaped, type Visitor } from "../visitor.js";

export type Values = Record<string, string[]>;
/** A form of one of our pages: its address, its page, and a value for each of its fields. */
export type TypedForm = { path: string; action: string; page: string; typed: Values };

/** All addresses of forms. */
export const formPosts = listMountedRoutes(pageRoutes)
  .filter(({ method }) => method === "POST")
  .map(({ path }) => path);

const attribute = (tag: string, name: string) => unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
const control = /<input\b[^>]*>|<textarea\b[^>]*>[\s\S]*?<\/textarea>|<select\b[\s\S]*?<\/select>/g;

/** Returns the controls of the last form on a page with this address. */
function controlsIn(html: string, action: string): string[] | null {
  const forms = [...html.matchAll(/<form\b[^>]*method="post"[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((one) => attribute(one, "action") === action);
  return form ? [...form.matchAll(control)].map(([one]) => one) : null;
}

const isSecret = (tag: string) => /type="(password|file)"/.test(tag) || isSecretField(attribute(tag, "name"));
const isFixed = (tag: string) => /type="hidden"/.test(tag) || /\sdisabled/.test(tag);
const listOptions = (select: string) => [...select.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
const add = (values: Values, name: string, value: string) => {
  values[name] = [...(values[name] ?? []), value];
};

/** Returns the values that an unchanged form would send, without secrets and tokens; null if there is no such form. */
export function valuesIn(html: string, action: string): Values | null {
  const values: Values = {};
  const controls = controlsIn(html, action);
  for (const tag of controls ?? []) {
    const name = attribute(tag, "name");
    if (!name || name.startsWith("_") || isSecret(tag) || /\sdisabled/.test(tag)) continue;
    if (tag.startsWith("<textarea")) add(values, name, unescaped(/>\n?([\s\S]*)<\/textarea>/.exec(tag)?.[1] ?? ""));
    else if (tag.startsWith("<select")) {
      const chosen = listOptions(tag).find((option) => / selected/.test(option)) ?? listOptions(tag)[0] ?? "";
      add(values, name, attribute(chosen, "value"));
    } else if (!/type="(radio|checkbox)"/.test(tag) || / checked/.test(tag)) add(values, name, attribute(tag, "value"));
  }
  return controls && values;
}

/** Types something into each field of a form; null if there is nothing to type. */
function typeInto(html: string, action: string): Values | null {
  const values: Values = {};
  let hasFields = false;
  for (const tag of controlsIn(html, action) ?? []) {
    const name = attribute(tag, "name");
    if (!name || name.startsWith("_") || isSecret(tag)) continue;
    if (isFixed(tag)) {
      if (!/\sdisabled/.test(tag)) add(values, name, attribute(tag, "value"));
      continue;
    }
    hasFields = true;
    if (tag.startsWith("<select")) add(values, name, attribute(listOptions(tag).at(-1) ?? "", "value"));
    else if (/type="radio"/.test(tag))
      values[name] = [attribute(tag, "value")]; // the last option
    else if (/type="checkbox"/.test(tag)) add(values, name, attribute(tag, "value"));
    else add(values, name, `Typed <${name}> & "kept"`);
  }
  return hasFields ? values : null;
}

/** A superadmin, and addresses of things that they can change. */
export async function cast() {
  const boss = await withRole("superadmin");
  const subject = await User.findOne({ username: (await member()).username }).orFail();
  const owner = await User.findOne({ username: boss.username }).orFail();
  const device = await Device.findOne({ user: owner._id }).orFail();
  const [, , id = ""] = (await post(boss)).split("/");
  const comment = await writeComment(boss, id);
  const [{ slug }, hook] = [await domain(), await webhook()];
  const fill = (path: string) =>
    path
      .replace(/^\/admin\/users\/:id/, `/admin/users/${subject.id}`)
      .replace(/^\/admin\/webhooks\/:id/, `/admin/webhooks/${hook}`)
      .replace(/^\/posts\/:id/, `/posts/${id}`)
      .replace(/^\/comments\/:id/, `/comments/${comment}`)
      .replace(":handle", device.id)
      .replace(":slug", slug)
      .replace(/:\w+/g, "0".repeat(24));
  return { boss, fill, choice: { ids: subject.id as string, action: "disable", list: "" } };
}

/** Lists every form with fields to type into, as this user sees it, and the addresses of forms with only a button. */
export async function typedForms(who: Visitor, { fill, choice }: Awaited<ReturnType<typeof cast>>) {
  const forms: TypedForm[] = [];
  const buttons: string[] = [];
  for (const path of formPosts) {
    const action = fill(path);
    const [page] = findFormPages(action, path === "/admin/users/bulk" ? choice : {});
    const html = page ? (await who.get(page)).text : "";
    const typed = typeInto(html, action);
    if (page && typed) forms.push({ path, action, page, typed });
    else buttons.push(path);
  }
  return { forms, buttons };
}

/** Sends a form like a browser. */
export function sendForm(who: Visitor, { action, typed }: TypedForm, hidden: Record<string, string>, more = {}) {
  const pairs = Object.entries(typed).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const secrets = { currentPassword: "not-the-Password", password: "not-the-Password" };
  const secret = Object.entries(secrets).filter(([name]) => listSecrets(action).includes(name));
  return who.send(action, String(new URLSearchParams([...pairs, ...secret, ...Object.entries(hidden)])), more);
}

/** Returns the password fields of a form, by its address. */
function listSecrets(action: string): string[] {
  if (action === "/account/password") return ["currentPassword", "password"];
  if (["/account/email", "/account/addresses", "/account/deletion"].includes(action)) return ["currentPassword"];
  return ["/login", "/register", "/reauthenticate"].includes(action) ? ["password"] : [];
}

/** Checks that the page shows all input in its form, with a new token. */
export function assertFilled(html: string, { action, typed, path }: TypedForm, oldToken: string): void {
  assert.deepEqual(
    valuesIn(html, action),
    typed,
    `${path}: ${html.slice(html.indexOf("<main"), html.indexOf("<main") + 900)}`,
  );
  assertFresh(html, action, path, oldToken);
}

function assertFresh(html: string, action: string, path: string, oldToken: string) {
  const token = attribute(controlsIn(html, action)?.find((tag) => tag.includes('"_csrf"')) ?? "", "value");
  assert.ok(token && token !== oldToken, `${path}: the form has a new token`);
  assert.doesNotMatch(html, /not-the-Password/, `${path}: the page contains no password`);
}

/** Checks that the page shows all input somewhere. */
export function assertShown(html: string, { typed, path }: TypedForm): void {
  const text = unescaped(html);
  const readable = Object.entries(typed).filter(([name]) => !["once", "ids", "list"].includes(name));
  for (const value of readable.flatMap(([, values]) => values)) assert.ok(text.includes(value), `${path}: ${value}`);
  for (const key of typed.once ?? [])
    assert.doesNotMatch(text, new RegExp(`>\\s*${key}`), `${path}: the page does not show the once key`);
  assert.ok(!html.includes("Typed <"), `${path}: the input is escaped`);
}
