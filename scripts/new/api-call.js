// @ts-check
import { after, endOf, imports } from "./edits.js";
import { toNames } from "./names.js";
import { registerSiteCall } from "./site.js";

/** Plans a call of the JSON API, in a group of its own. @param {string} given @param {boolean} isSite @returns {import("../new.js").Plan} */
export function planApiCall(given, isSite) {
  const names = toNames(given);
  const { name, camel, pascal } = names;
  const [definition, answer, test] = isSite
    ? [`src/site/${name}-endpoints.ts`, `src/site/${name}-api.ts`, `test/site/${name}-api.test.ts`]
    : [`src/forms/api/${name}.ts`, `src/routes/api/${name}.ts`, `test/routes/api/${name}.test.ts`];
  const [forms, routes] = ["src/forms/api/index.ts", "src/routes/api/index.ts"];
  return {
    exports: [`${camel}Endpoints`, `api${pascal}`],
    files: {
      [definition]: form(names, isSite),
      [answer]: route(names, isSite),
      [test]: testOf(names, isSite),
    },
    edits: isSite
      ? registerSiteCall(names)
      : [
          { file: forms, at: imports, add: `import { ${camel}Endpoints } from "./${name}.js";\n` },
          { file: forms, at: endOf("export const endpoints: Endpoint[] = ["), add: `  ${camel}Endpoints,\n` },
          { file: routes, at: imports, add: `import { api${pascal} } from "./${name}.js";\n` },
          { file: routes, at: after("const calls = ["), add: `api${pascal}, ` },
          {
            file: "src/definitions/proofs.ts",
            at: endOf("export const proofs: Record<string, Row> = {"),
            add: `  "/api/v1/${name}": { GET: "login" },\n`,
            unless: `"/api/v1/${name}":`,
          },
        ],
    next: [
      `Say what the call gets and answers in ${definition}: the validation, /openapi.json and /apidocs follow.`,
      `Answer it in ${answer}. A call that changes something also needs its proof in src/${isSite ? "site/definitions" : "definitions/proofs"}.ts.`,
    ],
  };
}

/** @typedef {ReturnType<typeof toNames>} Names */

/** @param {Names} names @param {boolean} isSite */
const form = ({ name, camel, title, noun }, isSite) => `import { z } from "zod";
import { defineEndpoint } from "${isSite ? "../forms/api" : "."}/endpoint.js";
import { textSchema } from "${isSite ? "../forms/api" : "."}/responses.js";

/** Calls for ${noun}. */
export const ${camel}Endpoints = {
  read: defineEndpoint({
    method: "get",
    path: "/${name}",
    group: "${title}",
    about: "Read ${noun}",
    who: "member",
    scope: "account.read",
    answers: { 200: z.object({ username: textSchema }) },
  }),
};
`;

/** @param {Names} names @param {boolean} isSite */
const route = ({ name, camel, pascal }, isSite) => `import { Router } from "express";
import { ${camel}Endpoints as calls } from "${isSite ? `./${name}-endpoints` : `../../forms/api/${name}`}.js";
import { getLoggedInUser } from "${isSite ? ".." : "../.."}/web/guards.js";
import { serveEndpoint } from "${isSite ? "../routes/api" : "."}/endpoint.js";

export const api${pascal} = Router();

serveEndpoint(api${pascal}, calls.read, async ({ req }) => {
  const { username } = getLoggedInUser(req);
  return { status: 200, body: { username } };
});
`;

/** @param {Names} names @param {boolean} isSite */
const testOf = ({ name }, isSite) => `import "${isSite ? ".." : "../.."}/support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiMember, tokenFor } from "${isSite ? ".." : "../.."}/support/api/users.js";
import { program } from "${isSite ? ".." : "../.."}/support/api.js";
import { visitor } from "${isSite ? ".." : "../.."}/support/visitor.js";

test("GET /${name} returns data to a logged-in client and to a token with the scope account.read", async () => {
  const ada = await apiMember();
  for (const client of [ada.api, await tokenFor(ada, "account.read")]) {
    const { status, body } = await client.get("/${name}");
    assert.deepEqual([status, body], [200, { username: ada.username }]);
  }
});

test("GET /${name} returns 401 without a token and 403 for a token with another scope", async () => {
  assert.equal((await program().get("/${name}")).status, 401);
  assert.equal((await (await tokenFor(await apiMember(), "account.edit")).get("/${name}")).status, 403);
});

test("GET /${name} is described in the OpenAPI document", async () => {
  const { paths } = JSON.parse((await visitor().get("/openapi.json")).text);
  assert.ok(paths["/${name}"].get);
});
`;
