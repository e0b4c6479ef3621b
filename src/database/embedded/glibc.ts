// The engine's two ELF files require glibc 2.38, but only for two things: fmod, and the C23 variants (__isoc23_*, which
// also accept "0b" numerals) of strtol, strtoul, strtoll, strtoull, sscanf and fscanf. Every glibc has an older version
// of each. In a lowered copy, these functions require the platform's base version, and __isoc23_X becomes X.
import { ElfFile } from "./elf.js";

/** Newest minor version of glibc that is left unchanged. Newer requirements are lowered. */
const NEWEST_LEFT_ALONE = 37;
/** The first glibc version of each machine, by ELF machine number (x86-64, arm64). */
const BASE_VERSIONS: Record<number, string> = { 62: "GLIBC_2.2.5", 183: "GLIBC_2.17" };
const C23 = "__isoc23_";

/**
 * Rewrites an ELF file in place so that it loads on glibc 2.36 and 2.37.
 * @returns one line for each change; empty if the file requires nothing newer
 * @throws Error if no older equivalent of a requirement is known
 */
export function lowerGlibc(bytes: Buffer): string[] {
  const file = new ElfFile(bytes);
  const base = BASE_VERSIONS[file.machine];
  if (!base) throw new Error(`no glibc base version known for ELF machine ${file.machine}`);
  const tooNew = new Map<number, string>();
  const changes: string[] = [];
  for (const version of file.requiredVersions()) {
    if (!isTooNew(version.name)) continue;
    tooNew.set(version.index, version.name);
    version.replace(base);
    changes.push(`${version.library}: ${version.name} -> ${base}`);
  }
  for (const symbol of file.symbols()) {
    const wanted = tooNew.get(symbol.version);
    if (wanted === undefined) continue;
    if (symbol.name.startsWith(C23)) symbol.dropPrefix(C23.length);
    else if (symbol.name !== "fmod") throw new Error(`${symbol.name}@${wanted} has no older equivalent`);
    changes.push(symbol.name);
  }
  return changes;
}

function isTooNew(version: string): boolean {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(version) ?? [];
  return major !== undefined && (Number(major) > 2 || Number(minor) > NEWEST_LEFT_ALONE);
}
