import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Lists a compiled module and all modules of the app that it imports. */
export function listImports(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path) || !existsSync(path)) return found;
  found.add(path);
  for (const [, imported = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^"';]*"(\.[^"]+\.js)"/gm))
    listImports(join(dirname(path), imported), found);
  return found;
}

/** Lists the compiled modules of a folder whose text matches. */
export const findSources = (folder: string, text: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => join(folder, file))
    .filter((path) => text.test(readFileSync(path, "utf8")));
