// @ts-check
// `npm run upgrade` merges a release of Postern into a site that was made from it (docs/adopting.md).
import "./support/setup.js";
import { parseArgs } from "node:util";
import { finish } from "./upgrade/finish.js";
import { git, Misuse } from "./upgrade/git.js";
import { merge } from "./upgrade/merge.js";
import { formatPlan, planUpgrade } from "./upgrade/plan.js";

const HELP = `Merges a release of Postern into this site, then installs, builds, migrates and checks.

Usage: npm run upgrade [RELEASE] [-- OPTIONS]
  RELEASE       such as v0.3.0; by default, the newest
  --plan        only says what would be merged, with the upgrade notes
  --no-checks   without the linters, for example because CI runs them
  --json        prints JSON

The releases are the tags of the remote "upstream". Nothing may be uncommitted.
Exit codes: 0 success, 1 failure, 2 invalid usage.`;

const flag = /** @type {const} */ ({ type: "boolean", default: false });
const help = /** @type {const} */ ({ type: "boolean", default: false, short: "h" });
const options = { plan: flag, "no-checks": flag, json: flag, help };

function understand() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) throw new Error("Give at most one release");
    // npm keeps options before "--" to itself: without this, `npm run upgrade --plan` would merge.
    const plan = values.plan || process.env.npm_config_plan === "true";
    return { wanted: { ...values, plan }, release: positionals[0] ?? null };
  } catch (error) {
    throw new Misuse(`${error instanceof Error ? error.message.split(". ")[0] : error}. See --help.`);
  }
}

try {
  const { wanted, release } = understand();
  if (wanted.help) console.log(HELP);
  else {
    const say = wanted.json ? console.error : console.log;
    const plan = planUpgrade(release, { mustBeClean: !wanted.plan });
    const isDone = plan.commits === 0;
    if (!wanted.plan && !isDone) {
      const before = git("rev-parse", "HEAD").trim();
      await merge(plan, say);
      await finish({ before, hasChecks: !wanted["no-checks"], say });
    }
    const state = isDone ? "current" : wanted.plan ? "planned" : "upgraded";
    console.log(wanted.json ? JSON.stringify({ state, ...plan }) : formatPlan(plan, state));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
