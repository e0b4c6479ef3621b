import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import express, { type RequestHandler, Router } from "express";
import { notFound } from "./errors.js";

/**
 * The stylesheets in the order of the cascade: later ones override earlier ones. Every page loads all of them, so no
 * two use the same class name.
 */
export const sheets = [
  "tokens",
  "base",
  "layout",
  "buttons",
  "forms",
  "posts",
  "prose",
  "comments",
  "gate",
  "account",
  "activity",
  "notices",
  "session-warning",
  "downloads",
  "profiles",
  "impersonation",
  "admin",
  "users",
  "user",
  "domains",
  "log",
  "overview",
  "health",
  "invitations",
  "webhooks",
  "sessions",
  "factors",
  "api-tokens",
  "apidocs",
  "mailbox",
  "print",
  "site",
];

/** The path of the joined stylesheet. It is in the same folder as its parts, so that their relative URLs still work. */
const joinedSheet = "css/all.css";

/** The functions that views get. */
export type Assets = ReturnType<typeof createAssets>["forViews"];

/**
 * Serves public/ at a URL that contains a hash of its content. Browsers can cache every file forever, and relative
 * imports work without a build. The URL has a prefix of its own, so that requests for pages never wait for a file
 * lookup. A file in its folder site/ replaces the file of the same path: public/site/images/favicon.svg
 * replaces public/images/favicon.svg. The styles of the site are css/site.css.
 * @param folder the folder with the files
 * @param options.reload uses a fixed URL and no caching
 * @param options.join serves all styles as one stylesheet that is read now; otherwise each file is served separately
 */
export function createAssets(folder: string, options: { reload: boolean; join: boolean }) {
  const styles = compact(sheets.map((name) => readFileSync(join(folder, `css/${name}.css`), "utf8")).join("\n"));
  const imports = readImports(join(folder, "js"));
  const base = `/assets/${options.reload ? "development" : hashFolder(folder, styles)}`;
  const caching = options.reload ? { maxAge: 0 } : { immutable: true, maxAge: "1y" };
  const filesIn = (place: string) =>
    express.static(place, {
      ...caching,
      setHeaders: (res) => res.removeHeader("Cache-Control"), // it would override maxAge
      index: false,
      redirect: false,
      dotfiles: "ignore",
    });
  const below = Router();
  if (options.join) below.get(`${base}/${joinedSheet}`, sendStyles(styles, options.reload));
  below.use(base, filesIn(join(folder, "site")), filesIn(folder), notFound);
  const serveFile: RequestHandler = (req, res, next) => {
    if (!req.path.startsWith(base)) return next();
    req.routePattern = "/assets";
    below(req, res, next);
  };
  const asset = (path: string) => `${base}/${path}`;
  const stylesheets = (options.join ? [joinedSheet] : sheets.map((name) => `css/${name}.css`)).map(asset);
  const listed = new Map<string, string[]>(); // as many as there are combinations in the views
  /** Returns the names of these modules and of everything they import, without duplicates. */
  const withImports = (names: string[]): string[] => {
    const key = names.join();
    const known = listed.get(key) ?? [...new Set(names.flatMap((name) => [name, ...findImports(imports, name)]))];
    listed.set(key, known);
    return known;
  };
  return { serve: serveFile, forViews: { asset, stylesheets, withImports } };
}

/** Removes comments and indentation: a page is first shown when all styles are there, and they are a sixth of them. */
const compact = (css: string): string => css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s*\n\s*/g, "\n");

function sendStyles(styles: string, reload: boolean): RequestHandler {
  const caching = reload ? "public, max-age=0" : "public, max-age=31536000, immutable";
  return (_req, res) => {
    res.set("Cache-Control", caching).type("css").send(styles);
  };
}

/** Returns the names that each module in a folder imports, by module. */
function readImports(folder: string): Map<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  return new Map(files.map((file) => [toName(file), readNames(file, readFileSync(join(folder, file), "utf8"))]));
}

/** Only static imports: modules loaded later with `import()` are not needed at first. */
function readNames(file: string, code: string): string[] {
  const found = code.matchAll(/^\s*(?:import|(?:import|export)\b[^"'();]*\bfrom)\s*["'](\.{1,2}\/[^"']+)["']/gm);
  return [...found].map(([, path = ""]) => toName(posix.join(posix.dirname(file), path)));
}

const toName = (file: string) => file.replace(/\.js$/, "");

function findImports(imports: Map<string, string[]>, name: string, found = new Set<string>()): Set<string> {
  for (const imported of imports.get(name) ?? []) {
    if (found.has(imported)) continue;
    found.add(imported);
    findImports(imports, imported, found);
  }
  return found;
}

/** Hashes a folder together with the joined styles, because the order of the styles is not in the folder. */
function hashFolder(folder: string, styles: string): string {
  const hash = createHash("sha256").update(styles);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(path.slice(folder.length)).update("\0").update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}
