import type { NextFunction, Request, RequestHandler, Response, Router } from "express";
import { hasAddress } from "../definitions/features.js";
import { MethodNotAllowed, NotFound } from "../errors.js";
import { compose } from "./compose.js";

declare global {
  namespace Express {
    interface Request {
      /** The pattern of the requested address, such as /posts/:id. Missing if there is none, or none was looked up. */
      routePattern?: string;
    }
  }
}

/** Returns true if a request only reads (RFC 9110, 9.2.1). */
export const isSafe = (req: Request) => req.method === "GET" || req.method === "HEAD";

/**
 * A handler that refuses a request or passes it on. Guards in a route's own line run right after the guard of its
 * mount, before anything else.
 */
export type Guard = RequestHandler & { readonly isGuard: true };
export const toGuard = (handler: RequestHandler): Guard => Object.assign(handler, { isGuard: true as const });

/** What an admin can do at an address while impersonating a user. */
export type Impersonators = "nothing" | "read" | "send";

/** A router's path and guard; `impersonators` defaults to "read". */
export type Mount = { at: string; guard: RequestHandler; router: Router; impersonators?: Impersonators };

type Step = { handle: RequestHandler & { isGuard?: true } };
type Layer = {
  route?: { path: string; methods: Record<string, boolean>; stack: Step[] };
  match(path: string): boolean;
};
type Address = {
  path: string;
  methods: Set<string>;
  guards: Map<string, RequestHandler[]>;
  match(path: string): boolean;
};

/**
 * Mounts the routers of a map. If several addresses match, the most specific one is used, in any order: "/users/export"
 * before "/users/:id".
 * @param createGuard creates the handler that runs before a route; by default, the guards of its mount and of the route
 * itself
 */
export function mount(
  map: Mount[],
  createGuard: (mount: Mount, route: Route) => RequestHandler = ownGuards,
): RequestHandler {
  const entrances = map
    .flatMap((room) => listRoutes(room).map((route) => ({ ...route, room, guard: createGuard(room, route) })))
    .sort(byRank);
  const findCandidates = indexByFirstSegment(entrances);
  return (req, res, next) => {
    const method = req.method === "HEAD" ? "GET" : req.method;
    const { path } = req;
    const entrance = findCandidates(path).find((one) => one.method === method && one.match(path));
    if (!entrance) return next();
    entrance.guard(req, res, (error?: unknown) => (error ? next(error) : enter(entrance.room, req, res, next)));
  };
}

const ownGuards = ({ guard }: Mount, { guards }: Route) => compose(guard, ...guards);

/** Sort key that puts fixed path segments before parameters, segment by segment. */
const getRank = (path: string) => path.replace(/[^/]+/g, (part) => (/^[:*{]/.test(part) ? "1" : "0"));

/**
 * Returns a function that lists the routes that can match a path, in the same order: those that begin with the same
 * segment, and those that begin with a parameter. Matching all of them, some hundred regular expressions, costs more
 * than a small page.
 */
function indexByFirstSegment<Item extends { path: string }>(items: Item[]): (path: string) => Item[] {
  const getFirst = (path: string) => path.split("/", 2)[1]?.toLowerCase() ?? ""; // routes match in any case
  const isOpen = (first: string) => /[:*{]/.test(first);
  const firsts = items.map(({ path }) => getFirst(path));
  const listFor = (first: string) => items.filter((_, n) => firsts[n] === first || isOpen(firsts[n] ?? ""));
  const bySegment = new Map([...new Set(firsts)].map((first) => [first, listFor(first)]));
  const open = listFor("*");
  return (path) => bySegment.get(getFirst(path)) ?? open;
}
/** Compares two paths. Of equal ranks, the one that comes first in the map stays first. */
function byRank(one: { path: string }, other: { path: string }): number {
  const [rank, next] = [getRank(one.path), getRank(other.path)];
  return rank < next ? -1 : rank > next ? 1 : 0;
}

/** Passes a request to a router as `app.use(at, router)` would, without matching the path a second time. */
function enter({ at, router }: Mount, req: Request, res: Response, next: NextFunction): void {
  const { url } = req;
  if (at !== "/") {
    const query = url.indexOf("?");
    req.url = (req.path.slice(at.length) || "/") + (query < 0 ? "" : url.slice(query)); // `url` may be absolute
    req.baseUrl = at;
  }
  router(req, res, (error?: unknown) => {
    Object.assign(req, { url, baseUrl: "" });
    next(error);
  });
}

/** Lists the method and path of every route in a map. */
export function listMountedRoutes(map: Pick<Mount, "at" | "router">[]): { method: string; path: string }[] {
  return map.flatMap((room) => listRoutes(room).map(({ method, path }) => ({ method, path })));
}

/** A route: its path and method, its own guards, and a function that matches request paths. */
export type Route = { method: string; path: string; guards: RequestHandler[]; match(path: string): boolean };

function listRoutes(room: Pick<Mount, "at" | "router">): Route[] {
  return listPatterns(room).flatMap(({ path, methods, guards, match }) => {
    const named = [...methods].filter((method) => method !== "HEAD");
    return named.map((method) => ({ method, path, guards: guards.get(method) ?? [], match }));
  });
}

/** Lists the addresses of a router, with their whole paths, without those of features that are switched off. */
function listPatterns({ at, router }: Pick<Mount, "at" | "router">): Address[] {
  const below = `${at}/`;
  const isUnder = (asked: string) => at === "/" || asked === at || asked.startsWith(below);
  const toPath = (path: string) =>
    below
      .concat(path)
      .replace(/\/+/g, "/")
      .replace(/(.)\/$/, "$1");
  return listAddresses(router)
    .map(({ path, match, ...address }) => ({
      ...address,
      path: toPath(path),
      match: (asked: string) => isUnder(asked) && match(stripPrefix(at, asked)),
    }))
    .filter(({ path }) => hasAddress(path));
}

const stripPrefix = (at: string, path: string) => (at === "/" ? path : path.slice(at.length) || "/");

/**
 * Refuses paths that cannot be decoded, and methods that the address does not support, before anything else (ASVS
 * V4.1.4). Sets `req.routePattern`, which is thus known for requests that are refused later.
 */
export function rejectUnknownMethods(map: Mount[]): RequestHandler {
  const findCandidates = indexByFirstSegment(map.flatMap(listPatterns).sort(byRank));
  return (req, _res, next) => {
    const { path } = req;
    if (path.includes("%")) decodeURIComponent(path);
    const known = findCandidates(path);
    const found = known.find(({ methods, match }) => methods.has(req.method) && match(path));
    if (found) {
      req.routePattern = found.path;
      return next();
    }
    const others = known.filter(({ match }) => match(path));
    if (!others[0]) return next(isSafe(req) ? undefined : new NotFound());
    req.routePattern = others[0].path;
    next(new MethodNotAllowed([...new Set(others.flatMap(({ methods }) => [...methods]))]));
  };
}

/** Lists the routes of a router, grouped by path. */
function listAddresses(router: Router): Address[] {
  const byPath = new Map<string, Address>();
  for (const layer of router.stack as unknown as Layer[]) {
    if (!layer.route) continue;
    const { path } = layer.route;
    if (typeof path !== "string")
      throw new Error(`${path} contains several addresses: declare a route for each of them`);
    assertReached(path, Object.keys(layer.route.methods), byPath);
    const unknown: Address = { path, methods: new Set(), guards: new Map(), match: (asked) => layer.match(asked) };
    const address = byPath.get(path) ?? unknown;
    const guards = layer.route.stack.map(({ handle }) => handle).filter(({ isGuard }) => isGuard);
    for (const method of Object.keys(layer.route.methods)) {
      address.methods.add(method.toUpperCase());
      address.guards.set(method.toUpperCase(), guards);
    }
    if (address.methods.has("GET")) address.methods.add("HEAD");
    byPath.set(path, address);
  }
  return [...byPath.values()];
}

/**
 * Throws if an earlier, less specific route hides this one. The router would use that route, but with this route's
 * guard.
 */
function assertReached(path: string, methods: string[], earlier: Map<string, Address>): void {
  for (const other of earlier.values()) {
    const isHidden = other.path !== path && methods.some((method) => other.methods.has(method.toUpperCase()));
    if (isHidden && other.match(path)) throw new Error(`${path} is never reached: put it before ${other.path}`);
  }
}
