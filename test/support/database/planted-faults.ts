// Loaded before the server: makes the file system return an error code when a file in a directory is opened or written.
// PLANTED_FAULT is the function, the code and the directory, such as "writeSync ENOSPC /data".
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [name = "", code = "", directory = ""] = (process.env.PLANTED_FAULT ?? "").split(" ");
const files = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
const opened = new Set<unknown>();
const { openSync } = files;
const original = files[name];

const fail = () => {
  throw Object.assign(new Error(`${code}: planted, ${name}`), { code });
};

if (original && openSync) {
  files.openSync = (path, flags, ...others) => {
    const isWanted = String(path).startsWith(directory) && String(flags).includes("w");
    if (isWanted && name === "openSync") fail();
    const file = openSync(path, flags, ...others);
    if (isWanted) opened.add(file);
    return file;
  };
  if (name !== "openSync") {
    files[name] = (file, ...others) => {
      if (!opened.has(file)) return original(file, ...others);
      if (name === "writeSync") original(file, Buffer.from('{"ses'));
      return fail();
    };
  }
  syncBuiltinESMExports();
}
