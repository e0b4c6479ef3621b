import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ejs from "ejs";

type Locals = Record<string, unknown>;
type Template = (
  locals: Locals,
  escapeFn: typeof ejs.escapeXML,
  include: (name: string, data?: Locals) => string,
) => string;

/** What every template may use without saying so; all else it names in a first comment: `<%# locals: form, posts %>`. */
const globals = ["page", "user", "flash", "csrfToken", "asset", "appName", "path", "time", "body"];

/**
 * Renders the views of a folder. Templates are compiled to plain functions with strict locals: no `with`, no file
 * is touched while a page is drawn.
 * @param folder the views
 * @param options.reload compile again at each use (development)
 */
export function loadViews(folder: string, options: { reload: boolean }) {
  const compiled = new Map<string, Template>();
  const find = (name: string): Template => {
    const known = options.reload ? undefined : compiled.get(name);
    if (known) return known;
    const made = compile(join(folder, `${name}.ejs`));
    compiled.set(name, made);
    return made;
  };
  for (const name of options.reload ? [] : viewNames(folder)) find(name);

  const draw = (name: string, locals: Locals): string =>
    find(name)(locals, ejs.escapeXML, (included, data) => draw(included, data ? { ...locals, ...data } : locals));

  /** The whole page: the view, then its layout around it, both with the same `page`. */
  return (name: string, locals: Locals): string => {
    const page: { layout?: string } = {};
    const all = { ...locals, page };
    const body = draw(name, all);
    return draw(page.layout ?? "layouts/site", { ...all, body });
  };
}

/** EJS writes the function's source; we make the function, for the one EJS makes looks for its includes on the disk. */
function compile(file: string): Template {
  const text = readFileSync(file, "utf8");
  const declared = /<%#\s*locals:\s*([\w\s,]*?)\s*%>/.exec(text)?.[1]?.split(/\s*,\s*/) ?? [];
  const names = [...new Set([...globals, ...declared.filter(Boolean)])];
  const template = new ejs.Template(text, {
    _with: false,
    destructuredLocals: names,
    compileDebug: false,
    filename: file,
  });
  template.compile();
  return new Function("locals", "escapeFn", "include", `${template.source}\n//# sourceURL=${file}`) as Template;
}

/** The names of all views of a folder, without their ending. */
export function viewNames(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".ejs")).map((file) => relative(".", file).replace(/\.ejs$/, ""));
}
