import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import express, { type RequestHandler, Router } from "express";
import { notFound } from "./errors.js";

/**
 * Serves public/ under an address that contains the hash of its content, so that browsers can cache every file
 * forever and relative imports work without a build. It has its own path, so that no page request waits for a file lookup.
 */
export function createAssets(folder: string, options: { reload: boolean }) {
  const base = `/assets/${options.reload ? "development" : hashFolder(folder)}`;
  const caching = options.reload ? { maxAge: 0 } : { immutable: true, maxAge: "1y" };
  const files = express.static(folder, {
    ...caching,
    setHeaders: (res) => res.removeHeader("Cache-Control"), // the pages' header would override the one above
    index: false,
    redirect: false,
    dotfiles: "ignore",
  });
  const below = Router().use(base, files, notFound);
  const serveFile: RequestHandler = (req, res, next) => (req.path.startsWith(base) ? below(req, res, next) : next());
  return { base, serve: serveFile, url: (path: string) => `${base}/${path}` };
}

function hashFolder(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(path.slice(folder.length)).update("\0").update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}
