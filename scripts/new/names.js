// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { Script } from "node:vm";

const LONGEST = 40;

/** Checks a name. @param {string} name @throws Error if it cannot be used in file names and addresses, or in code */
export function assertName(name) {
  const example = "Use lowercase words with single hyphens, such as about-us.";
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name)) throw new Error(`"${name}" is not a name. ${example}`);
  if (name.length > LONGEST) throw new Error(`"${name}" is too long: use at most ${LONGEST} characters.`);
  try {
    new Script(`"use strict"; const ${toNames(name).camel} = 0;`);
  } catch {
    throw new Error(`"${name}" is a reserved word of JavaScript. Choose another name.`);
  }
}

/** Returns the name in all forms that files need. @param {string} name such as "about-us" */
export function toNames(name) {
  const words = name.split("-");
  const pascal = words.map(capitalize).join("");
  return {
    name,
    /** aboutUs */ camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    /** AboutUs */ pascal,
    /** About us */ title: capitalize(words.join(" ")),
    /** about us */ noun: words.join(" "),
  };
}

const capitalize = (/** @type {string} */ word) => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * Checks that the names of a plan are free. No file may exist yet, no other module may export the same names, and they
 * must differ from all names that the new modules import from Node or a package.
 * @param {Pick<import("../new.js").Plan, "files" | "exports">} plan
 * @param {string[]} sources
 * @throws Error
 */
export function assertFree({ files, exports }, sources) {
  for (const file of Object.keys(files)) if (existsSync(file)) throw new Error(`${file} exists. Choose another name.`);
  const names = `\\b(${exports.join("|")})\\b`;
  const imported = new RegExp(`^import .*${names}.* from "[^."]`, "m");
  const used = exports.find((name) => name in globalThis) ?? imported.exec(Object.values(files).join("\n"))?.[1];
  if (used) throw new Error(`${used} has a meaning in code. Choose another name.`);
  const exported = new RegExp(`^export (?:const|(?:async )?function\\*?|class|type|interface) ${names}`, "m");
  for (const file of sources) {
    const [, name] = exported.exec(readFileSync(file, "utf8")) ?? [];
    if (name) throw new Error(`${file} exports ${name}. Choose another name.`);
  }
}
