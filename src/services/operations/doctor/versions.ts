import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../../config/index.js";
import { type DoctorCheck, type Finding, fail, pass, skip, warn } from "./finding.js";

const OLDEST = [20, 19] as const;
const RECOMMENDED = 24;
const MOST_NAMED = 5;

/** Checks the version of Node, and the installed packages. */
export const checkVersions: DoctorCheck = async () => [judgeNode(process.versions.node), await checkPackages(root)];

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const what = `Node ${version} runs this`;
  const remedy = `Install Node ${RECOMMENDED} from https://nodejs.org, run \`npm ci\`, and restart.`;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return fail(what, `Node ${OLDEST.join(".")} is the oldest version that works.`, remedy);
  if (major < RECOMMENDED)
    return warn(
      what,
      `Node ${RECOMMENDED} is recommended. Older versions get no security updates, or soon will not.`,
      remedy,
    );
  return pass(what);
}

type Package = { version?: string; dev?: boolean; optional?: boolean; devOptional?: boolean; link?: boolean };

/** Compares the installed packages with those that package.json and its lock file name. */
export async function checkPackages(directory: string): Promise<Finding> {
  const read = async (file: string) => JSON.parse(await readFile(join(directory, file), "utf8"));
  const locked: { packages: Record<string, Package> } | null = await read("package-lock.json").catch(() => null);
  if (!locked) return skip("Packages", "The exact versions are not recorded beside package.json.");
  const { dependencies }: { dependencies: Record<string, string> } = await read("package.json");
  const stale = Object.entries(dependencies).filter(
    ([name, version]) => locked.packages[`node_modules/${name}`]?.version !== version,
  );
  const needed = Object.entries(locked.packages).filter(
    ([path, { dev, optional, devOptional, link }]) => path && !dev && !optional && !devOptional && !link,
  );
  const differing = await Promise.all(
    needed.map(async ([path, { version }]) => {
      const installed: Package | null = await read(join(path, "package.json")).catch(() => null);
      return installed?.version === version
        ? []
        : [
            `${path.slice(path.lastIndexOf("node_modules/") + 13)} ${installed?.version ?? "(none)"} instead of ${version}`,
          ];
    }),
  );
  const wrong = [...stale.map(([name, version]) => `${name} ${version} is in package.json only`), ...differing.flat()];
  if (wrong.length === 0) return pass(`All ${needed.length} packages have the expected versions`);
  const more = wrong.length > MOST_NAMED ? `, and ${wrong.length - MOST_NAMED} more` : "";
  return fail(
    `Packages differ from package.json: ${wrong.slice(0, MOST_NAMED).join(", ")}${more}`,
    "The app was tested with other versions. Security updates may be missing.",
    "Run `npm ci --omit=dev` and `npm run build`, and restart.",
  );
}
