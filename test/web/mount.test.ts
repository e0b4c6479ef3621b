import "../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { allowAll } from "../../src/web/guards.js";
import { type Mount, mount, rejectUnknownMethods, toGuard } from "../../src/web/mount.js";

const says =
  (text: string): RequestHandler =>
  (_req, res) =>
    void res.send(text);

/** Returns the response of a map of routes; "nothing" if it has no such address. */
function ask(handler: RequestHandler, path: string, method = "GET"): string {
  let answer = "nothing";
  const req = { method, path, url: path, baseUrl: "" } as Request;
  const res = { send: (text: string) => (answer = text) } as unknown as Response;
  handler(req, res, (error?: unknown) => (answer = error ? String(error) : "nothing"));
  return answer;
}

const one = (at: string, path: string, text = at + path): Mount => {
  const router = Router();
  router.get(path, says(text));
  return { at, guard: allowAll, router };
};
const map = [
  one("/users", "/:id"),
  one("/users", "/export.csv"),
  one("/users", "/:id/roles"),
  one("/users", "/:id/:part"),
  one("/", "/"),
];

test("the most specific route handles a request, whatever the order of the map", () => {
  for (const order of [map, [...map].reverse()]) {
    const mounted = mount(order);
    assert.equal(ask(mounted, "/users/export.csv"), "/users/export.csv");
    assert.equal(ask(mounted, "/users/7"), "/users/:id");
    assert.equal(ask(mounted, "/users/7/roles"), "/users/:id/roles");
    assert.equal(ask(mounted, "/users/7/other"), "/users/:id/:part");
    assert.equal(ask(mounted, "/"), "//");
    assert.equal(ask(mounted, "/userss/7"), "nothing");
    assert.equal(ask(mounted, "/users/7", "POST"), "nothing");
  }
});

test("the pattern of the most specific route is known early, also of a method that it does not support", () => {
  const findPattern = (method: string, path: string) => {
    const req = { method, path } as Request;
    for (const order of [map, [...map].reverse()]) rejectUnknownMethods(order)(req, {} as Response, () => undefined);
    return req.routePattern;
  };
  assert.equal(findPattern("GET", "/users/export.csv"), "/users/export.csv");
  assert.equal(findPattern("HEAD", "/users/7"), "/users/:id");
  assert.equal(findPattern("GET", "/users/7/roles"), "/users/:id/roles");
  assert.equal(findPattern("DELETE", "/users/export.csv"), "/users/export.csv");
  assert.equal(findPattern("GET", "/nowhere"), undefined);
});

test("a route is found by its first segment in any case, and by a parameter in its place", () => {
  const mounted = mount([one("/", "/:name"), one("/", "/about"), ...map]);
  assert.equal(ask(mounted, "/about"), "//about");
  assert.equal(ask(mounted, "/ABOUT"), "//about");
  assert.equal(ask(mounted, "/users"), "//:name");
  assert.equal(ask(mounted, "/constructor"), "//:name");
  assert.equal(ask(mounted, "/users/7"), "/users/:id");
});

test("a route's own guard runs before the required proof is checked", () => {
  const asked: string[] = [];
  const noted = (name: string) =>
    toGuard((_req, _res, next) => {
      asked.push(name);
      next();
    });
  const router = Router();
  router.get("/strict", noted("line"), says("in"));
  const mounted = mount([{ at: "/a", guard: noted("mount"), router }], ({ guard }, { guards }) => {
    assert.equal(guards.length, 1);
    return (req, res, next) => guard(req, res, () => guards[0]?.(req, res, () => noted("proof")(req, res, next)));
  });
  assert.equal(ask(mounted, "/a/strict"), "in");
  assert.deepEqual(asked, ["mount", "line", "proof", "line"]);
});

test("a route with more than one address stops the start", () => {
  const router = Router();
  router.get(["/one", "/two"], says("in"));
  assert.throws(() => mount([{ at: "/", guard: allowAll, router }]), /contains several addresses/);
});

test("a route after a more general one stops the start, because the guard of the general one would let its requests in", () => {
  const router = Router();
  router.get("/:id", says("one"));
  router.post("/all", says("sent"));
  mount([{ at: "/", guard: allowAll, router }]);
  router.get("/all", says("all"));
  assert.throws(() => mount([{ at: "/", guard: allowAll, router }]), /\/all is never reached: put it before \/:id/);
});
