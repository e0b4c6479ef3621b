// @ts-check
import { after, endOf, imports } from "./edits.js";
import { toNames } from "./names.js";

/** Plans a call of the JSON API, in a group of its own. @param {string} given @returns {import("../new.js").Plan} */
export function planApiCall(given) {
  const names = toNames(given);
  const { name, camel, pascal } = names;
  const [forms, routes] = ["src/forms/api/index.ts", "src/routes/api/index.ts"];
  return {
    exports: [`${camel}Endpoints`, `api${pascal}`],
    files: {
      [`src/forms/api/${name}.ts`]: form(names),
      [`src/routes/api/${name}.ts`]: route(names),
      [`test/routes/api/${name}.test.ts`]: testOf(names),
    },
    edits: [
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
      `Say what the call gets and answers in src/forms/api/${name}.ts: the validation, /openapi.json and /apidocs follow.`,
      `Answer it in src/routes/api/${name}.ts. A call that changes something also needs its proof in src/definitions/proofs.ts.`,
    ],
  };
}

/** @typedef {ReturnType<typeof toNames>} Names */

/** @param {Names} names */
const form = ({ name, camel, title, noun }) => `import { z } from "zod";
import { defineEndpoint } from "./endpoint.js";
import { textSchema } from "./responses.js";

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

/** @param {Names} names */
const route = ({ name, camel, pascal }) => `import { Router } from "express";
import { ${camel}Endpoints as calls } from "../../forms/api/${name}.js";
import { getLoggedInUser } from "../../web/guards.js";
import { serveEndpoint } from "./endpoint.js";

export const api${pascal} = Router();

serveEndpoint(api${pascal}, calls.read, async ({ req }) => {
  const { username } = getLoggedInUser(req);
  return { status: 200, body: { username } };
});
`;

/** @param {Names} names */
const testOf = ({ name }) => `import "../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiMember, tokenFor } from "../../support/api/users.js";
import { program } from "../../support/api.js";
import { visitor } from "../../support/visitor.js";

test("GET /${name} returns data to a logged-in client and to a token with the scope account.read", async () => {
  const ada = await apiMember();
  for (const client of [ada.api, await tokenFor(ada, "account.read")]) {
    const { status, body } = await client.get("/${name}");
    assert.deepEqual([status, body], [200, { username: ada.username }]);
  }
});

test("GET /${name} returns 401 without a token and 403 for a token with another scope", async () => {
  assert.equal((await program().get("/${name}")).status, 401);
  assert.equal((await (await tokenFor(await apiMember(), "posts.read")).get("/${name}")).status, 403);
});

test("GET /${name} is described in the OpenAPI document", async () => {
  const { paths } = JSON.parse((await visitor().get("/openapi.json")).text);
  assert.ok(paths["/${name}"].get);
});
`;
