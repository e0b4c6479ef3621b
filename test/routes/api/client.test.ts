import "../../support/environment.js";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import openapiTypescript, { astToString } from "openapi-typescript";
import { root } from "../../../src/config/index.js";
import { origin } from "../../support/app.js";
import { linkIn, newestMail } from "../../support/mailbox.js";

const text = await (await fetch(`${origin}/openapi.json`)).text();
const operations = Object.values(JSON.parse(text).paths as Record<string, Record<string, Operation>>).flatMap((path) =>
  Object.values(path),
);
type Field = { type?: unknown; enum?: unknown; maxLength?: number; format?: string; pattern?: string; anyOf?: Field[] };
type Operation = {
  operationId: string;
  requestBody?: { content: Record<string, { schema: { properties: Record<string, Field> } }> };
};

test("the document keeps the recommended rules of Redocly", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: text, config });
  const errors = problems.filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map(({ ruleId, message }) => `${ruleId}: ${message}`),
    [],
  );
});

test("every text in a request has a greatest length, a format, a pattern or a list of values", () => {
  const isBounded = ({ type, maxLength, format, pattern, enum: values, anyOf }: Field): boolean =>
    anyOf ? anyOf.every(isBounded) : type !== "string" || Boolean(maxLength ?? format ?? pattern ?? values);
  const open = operations.flatMap(({ operationId, requestBody }) =>
    Object.entries(requestBody?.content["application/json"]?.schema.properties ?? {})
      .filter(([, field]) => !isBounded(field))
      .map(([name]) => `${operationId}: ${name}`),
  );
  assert.deepEqual(open, []);
});

/** A program of a client developer: everything in it is checked against the generated types. */
const program = `
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const person = { username: "typed-client", email: "typed-client@example.org", password: "sturdy-Gate-in-the-wall" };

export async function live(baseUrl: string, readToken: () => Promise<string>): Promise<string[]> {
  const open = createClient<paths>({ baseUrl });
  const registered = await open.POST("/auth/register", { params: { header: { "Idempotency-Key": "life" } }, body: person });
  const confirmed = await open.POST("/auth/confirm", { body: { token: await readToken() } });
  const login = await open.POST("/auth/login", { body: { username: person.username, password: person.password } });
  if (!login.data) throw new Error(login.error.detail);
  const own = createClient<paths>({ baseUrl, headers: { Authorization: \`Bearer \${login.data.access_token}\` } });
  const profile = await own.PATCH("/users/me", { body: { firstName: "Ada", bio: "I count." } });
  const post = await own.POST("/posts", { body: { title: "By a client", body: "In the *wall*.", visibility: "public" } });
  const made = await own.POST("/tokens", { body: { description: "Backup", scopes: ["posts.read"], expiresInDays: 30 } });
  if (!made.data || !post.data) throw new Error(made.error?.detail ?? post.error?.detail);
  const robot = createClient<paths>({ baseUrl, headers: { Authorization: \`Bearer \${made.data.token}\` } });
  const current = await robot.GET("/tokens/current");
  const found = await robot.GET("/posts", { params: { query: { q: "wall" } } });
  const revoked = await own.DELETE("/tokens/{id}", { params: { path: { id: made.data.id } } });
  const refused = await robot.GET("/posts");
  const problem: components["schemas"]["Problem"] | undefined = refused.error;
  const left = await own.DELETE("/users/me", { body: { currentPassword: person.password, posts: "remove" } });
  return [
    registered.data?.username ?? "",
    confirmed.data?.email ?? "",
    profile.data?.bio ?? "",
    current.data?.scopes?.join() ?? "",
    found.data?.data.map(({ title }) => title).join() ?? "",
    String(revoked.response.status),
    problem?.type ?? "",
    left.data?.deletionDueAt ? "leaving" : "",
  ];
}

/** Never called: the types refuse what the API refuses. */
export async function mistakes() {
  const own = createClient<paths>({ baseUrl: "" });
  // @ts-expect-error a visibility that does not exist
  await own.POST("/posts", { body: { title: "x", body: "x", visibility: "secret" } });
  // @ts-expect-error an address that does not exist
  await own.GET("/people");
}
`;

test("a client with generated types compiles, and lives the life of an account", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "src"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const types = astToString(await openapiTypescript(text));
  await writeFile(join(folder, "src/schema.ts"), types);
  await writeFile(join(folder, "src/life.ts"), program);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const compilerOptions = {
    ...{ target: "es2023", module: "nodenext", strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
    ...{ rootDir: "src", outDir: "out", lib: ["es2023", "dom", "dom.iterable"], types: [] },
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  const compiler = join(root, "node_modules/.bin/tsc");
  await promisify(execFile)(compiler, ["-p", folder]).catch(({ stdout }) => assert.fail(String(stdout)));
  const { live } = (await import(pathToFileURL(join(folder, "out/life.js")).href)) as {
    live(baseUrl: string, readToken: () => Promise<string>): Promise<string[]>;
  };
  const readToken = async () =>
    linkIn(await newestMail("typed-client@example.org"), "/email-confirmation/")
      .split("/")
      .at(-1) ?? "";
  assert.deepEqual(await live(`${origin}/api/v1`, readToken), [
    "typed-client",
    "typed-client@example.org",
    "I count.",
    "posts.read",
    "By a client",
    "204",
    "/problems/not-authenticated",
    "leaving",
  ]);
});
