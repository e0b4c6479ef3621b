// @ts-check
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

/** @typedef {{ folder: string, name: string, colour: string | null, without: string[], from: string, release: string | null }} Options */

/** An invalid command: exit code 2. */
export class Misuse extends Error {}

const features = ["posts", "api", "domains"];

export const HELP = `Creates a site of your own from Postern. Later releases of Postern can be merged into it.

Usage: npm create postern FOLDER [-- OPTIONS]
  --name "My App"       the name on pages and in emails; by default, made from the folder's name
  --colour "#1d4ed8"    the main colour, dark enough for white text on it
  --without posts,api   features to switch off: posts, api, domains
  --from REPOSITORY     the address or folder of Postern's repository; also POSTERN_REPOSITORY
  --release v0.3.0      the release to begin with; by default, the newest

Exit codes: 0 success, 1 failure, 2 invalid usage.`;

const options = /** @type {const} */ ({
  name: { type: "string" },
  colour: { type: "string" },
  without: { type: "string", multiple: true },
  from: { type: "string" },
  release: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
});

/**
 * Reads and checks the arguments.
 * @param {string[]} args
 * @returns {Options & { help: boolean }}
 * @throws {Misuse} with one line for the user
 */
export function understand(args) {
  const { values, positionals } = parse(args);
  const [folder = "", ...more] = positionals;
  const without = (values.without ?? []).flatMap((list) => list.split(",")).filter(Boolean);
  const wanted = {
    help: values.help,
    folder,
    name: values.name ?? toName(basename(folder)),
    colour: values.colour?.toLowerCase() ?? null,
    without,
    from: values.from ?? process.env.POSTERN_REPOSITORY ?? readRepository(),
    release: values.release ?? null,
  };
  const problem = wanted.help ? null : findProblem(wanted, more);
  if (problem) throw new Misuse(problem);
  return wanted;
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(`${error instanceof Error ? error.message.split(". ")[0] : error}. See --help.`);
  }
}

/**
 * Returns what is wrong with the options, or null.
 * @param {Options} wanted
 * @param {string[]} more
 */
function findProblem({ folder, name, colour, without, from, release }, more) {
  const unknown = without.find((feature) => !features.includes(feature));
  if (folder === "" || more.length > 0) return "Give the name of one folder, for example: npm create postern my-app";
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(basename(folder)))
    return `"${basename(folder)}" is not a name. Use lowercase letters, digits, hyphens, dots and underscores.`;
  if (!/^[^\p{C}"\\$`#]{1,60}$/u.test(name) || name.trim() !== name)
    return 'The name must be 1 to 60 characters, without quotes and any of \\ $ ` #, for example: --name "My App"';
  if (colour && !/^#[0-9a-f]{6}$/.test(colour)) return `"${colour}" is not a colour such as #1d4ed8.`;
  if (colour && getContrastToWhite(colour) < 4.5)
    return `White text on ${colour} is hard to read. Choose a darker colour (contrast 4.5 or more, WCAG 1.4.3).`;
  if (unknown) return `There is no feature "${unknown}" to leave out. Use one of: ${features.join(", ")}.`;
  if (release && !/^v\d+\.\d+\.\d+$/.test(release)) return `"${release}" is not a release such as v0.3.0.`;
  if (from === "" || from.startsWith("-")) return "Say where Postern's repository is: --from ADDRESS";
  return null;
}

/** Makes a name for pages from that of a folder: "my-app" gives "My App". @param {string} folder */
const toName = (folder) =>
  folder
    .split(/[._-]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");

/** Returns the contrast of a colour to white, from 1 to 21 (WCAG 2.2, relative luminance). @param {string} colour */
function getContrastToWhite(colour) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

/** The repository from which this package was published, if any. */
function readRepository() {
  const { repository } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  return (typeof repository === "string" ? repository : (repository?.url ?? "")).replace(/^git\+/, "");
}
