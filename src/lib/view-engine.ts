import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ejs from "ejs";

type Locals = Record<string, unknown>;
type Include = (name: string, locals?: Locals) => string;
/** The values that a view sets for its layout. */
export type Page = { title?: string; layout?: string };
type Template = (locals: Locals, shared: Locals, escapeFn: typeof ejs.escapeXML, include: Include) => string;

/**
 * Values that every template can use. A template declares all others in its first comment: `<%# locals: form, posts
 * %>`.
 */
const globals = [
  "page",
  "user",
  "hasOtherHost",
  "impersonator",
  "can",
  "canSomewhere",
  "flash",
  "refusal",
  "carried",
  "getFormPage",
  "sessionTime",
  "isResumed",
  "loginAddress",
  "formatDuration",
  "csrfToken",
  "asset",
  "stylesheets",
  "withImports",
  "appName",
  "baseUrl",
  "registration",
  "contact",
  "path",
  "mailbox",
  "formatTime",
  "getInitials",
  "getMinPasswordLength",
  "formatEmail",
  "hasAddress",
  "body",
];

/** The folder of the site's views. One of them replaces the view of the same path: views/site/home/index.ejs replaces views/home/index.ejs. */
const SITE = "site/";

/** Returns the file of a view, which is that of the site if there is one. */
export function getViewFile(folder: string, name: string): string {
  const own = join(folder, `${SITE}${name}.ejs`);
  return existsSync(own) ? own : join(folder, `${name}.ejs`);
}

/**
 * Loads the views of a folder. Templates are compiled to plain functions with strict locals: there is no `with`,
 * rendering reads no files, and an included view gets only the values passed to it.
 * @param folder the folder with the views
 * @param options.reload compile a view each time it is used (development)
 * @param options.lazy compile a view when it is first used, instead of all views now
 */
export function loadViews(folder: string, options: { reload: boolean; lazy?: boolean }) {
  const compiled = new Map<string, Template>();
  const find = (name: string): Template => {
    const known = options.reload ? undefined : compiled.get(name);
    if (known) return known;
    const made = compile(getViewFile(folder, name));
    compiled.set(name, made);
    return made;
  };
  for (const name of options.reload || options.lazy ? [] : listViewNames(folder)) find(name);

  /**
   * Renders a whole page: the view, then its layout around it. Both get the same `page`.
   * @param shared what all templates of this page can use; gets `page` and `body`
   */
  return (name: string, locals: Locals, shared: Locals, page: Page = {}): string => {
    const draw: Include = (included, given = {}) => find(included)(given, shared, escapeText, draw);
    shared.page = page;
    shared.body = draw(name, locals);
    return draw(page.layout ?? "layouts/site");
  };
}

const special = /[&<>"']/;
/** Escapes like EJS, but skips its slow replacement for the usual text, which has nothing to escape. */
const escapeText = (value: unknown): string => {
  const text = String(value ?? "");
  return special.test(text) ? ejs.escapeXML(text) : text;
};

/**
 * Compiles a template. EJS only generates the source. We create the function ourselves, because EJS's own function
 * reads included files from disk.
 */
function compile(file: string): Template {
  const text = readFileSync(file, "utf8");
  const declared = /<%#\s*locals:\s*([\w\s,]*?)\s*%>/.exec(text)?.[1]?.split(/\s*,\s*/) ?? [];
  const template = new ejs.Template(text, { _with: false, compileDebug: false, filename: file });
  template.compile();
  const used = globals.filter((name) => new RegExp(`\\b${name}\\b`).test(text) && !declared.includes(name));
  const names = [
    ...used.map((name) => `${name} = shared.${name}`),
    ...declared.filter(Boolean).map((name) => `${name} = locals.${name}`),
  ];
  const source = `${names.length > 0 ? `const ${names.join(", ")};` : ""}\n${template.source}\n//# sourceURL=${file}`;
  return new Function("locals", "shared", "escapeFn", "include", source) as Template;
}

/** Lists the names of all views of a folder, without extension. A view of the site has the name of the view that it replaces. */
export function listViewNames(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ejs"));
  const names = files.map((file) => relative(".", file).replace(/\.ejs$/, ""));
  return [...new Set(names.map((name) => (name.startsWith(SITE) ? name.slice(SITE.length) : name)))];
}
