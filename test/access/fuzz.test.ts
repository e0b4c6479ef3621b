import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Call, createCalls, type Operation } from "../support/api/fuzz/calls.js";
import { createWorld, type Kind, kinds, type World } from "../support/api/fuzz/world.js";
import { apiMember } from "../support/api/users.js";
import { origin } from "../support/app.js";
import { isSampling } from "../support/settings/sample.js";
import { withRole } from "../support/users.js";
import { visitor } from "../support/visitor.js";

// Calls every operation of /openapi.json, with values that its schemas accept and with others, as users of every kind.

/** The same number gives the same calls, except for ids. Another one: FUZZ_SEED=7 npm test -- fuzz */
const seed = Number(process.env.FUZZ_SEED ?? 1);
const CALLS = isSampling ? 125 : 1_000;

type Paths = Record<string, Record<string, Operation>>;
const { paths } = (await (await fetch(`${origin}/openapi.json`)).json()) as { paths: Paths };
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
type Chosen = (typeof operations)[number];

let drawn = 0;
/** Returns the next value; the seed and the number of values before decide which. */
function draw<Value>(values: fc.Arbitrary<Value>): Value {
  drawn += 1;
  const [value] = fc.sample(values, { seed: seed * 1_000_003 + drawn, numRuns: 1 });
  return value as Value;
}

const types = new Set<string>();
/** The statuses of each operation. */
const statuses = new Map<string, number[]>();

/** Chooses who makes a call, most often users who may do something. */
function chooseCaller({ security = [] }: Operation): fc.Arbitrary<Kind> {
  const isOpen = security.length === 0 || security.some((one) => Object.keys(one).length === 0);
  const usual = isOpen ? fc.constant<Kind>("visitor") : fc.constantFrom<Kind>("superadmin", "user");
  return fc.oneof({ weight: 2, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...kinds) });
}

/** Makes a call and checks the response. Returns what is wrong with it, or null. */
async function findFault(
  { known, getCaller, replace }: World,
  { path, method, operation }: Chosen,
): Promise<string | null> {
  const who = draw(chooseCaller(operation));
  const call: Call = draw(createCalls(method, path, operation, known));
  try {
    const { status, headers, body } = await getCaller(who).call(call.method, call.path, call.body, call.headers);
    const about = `${method} ${path}`;
    statuses.set(about, [...(statuses.get(about) ?? []), status]);
    assert.ok(status < 500, JSON.stringify(body));
    const isProblem = headers.get("content-type")?.startsWith("application/problem+json");
    if (isProblem) types.add(body.type);
    assert.equal(Boolean(isProblem), status >= 400);
    if (status === 401) await replace(who); // an earlier call deleted or disabled this user
    return null;
  } catch (error) {
    const { method, path, ...rest } = call;
    return `${who}: ${method} ${path} ${JSON.stringify(rest)}`.slice(0, 1_500) + `\n${error}`.slice(0, 1_500);
  }
}

test(`${CALLS} generated calls get responses as documented, and none is a server error`, async (context) => {
  context.diagnostic(`FUZZ_SEED=${seed}`);
  const faults: string[] = [];
  for (let made = 0; made < CALLS; ) {
    const world = await createWorld();
    const order = draw(fc.shuffledSubarray(operations, { minLength: operations.length }));
    for (const chosen of order.slice(0, CALLS - made)) {
      const fault = await findFault(world, chosen);
      if (fault) faults.push(fault);
      made += 1;
    }
  }
  const all = [...statuses.values()].flat();
  const count = (first: number) => all.filter((status) => Math.floor(status / 100) === first).length;
  context.diagnostic(`${count(2)} calls succeeded, ${count(4)} were refused`);
  const refused = [...statuses].filter(([, given]) => given.every((status) => status >= 400)).map(([about]) => about);
  if (!isSampling) context.diagnostic(`never succeeded: ${refused.join(", ") || "none"}`);
  assert.equal(faults.join("\n\n"), "");
  assert.equal(statuses.size, operations.length);
  assert.ok(count(2) > all.length / 5, "too few calls succeed to test what they do");
});

test("the kind of each error has a page", async () => {
  assert.ok(types.size >= 8, [...types].join());
  for (const type of types) {
    assert.match(type, /^\/problems\/[a-z-]+$/);
    assert.equal((await visitor().get(type)).status, 200, type);
  }
});

test("pages and lists with the data of these calls can still be read", async () => {
  const { api } = await apiMember(await withRole("superadmin"));
  for (const list of ["/users", "/posts", "/domains", "/invitations", "/audit-events"])
    assert.equal((await api.get(`${list}?limit=100`)).status, 200, list);
  const { get } = await withRole("superadmin");
  for (const page of ["/posts", "/admin/users", "/admin/domains", "/admin/invitations", "/admin/audit-log"])
    assert.equal((await get(page)).status, 200, page);
});
