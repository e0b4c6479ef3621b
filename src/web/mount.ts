import type { NextFunction, Request, RequestHandler, Response, Router } from "express";
import { MethodNotAllowed, NotFound } from "../errors.js";

/** Whether a request only reads (RFC 9110, 9.2.1). */
export const isSafe = (req: Request) => req.method === "GET" || req.method === "HEAD";

/** Where a router hangs and who may enter. */
export type Mount = { at: string; door: RequestHandler; router: Router };

type Layer = { route?: { path: string | string[]; methods: Record<string, boolean> }; match(path: string): boolean };
type Address = { paths: string[]; methods: Set<string>; match(path: string): boolean };

/** Hangs up the routers of a map, each behind its door. The first mount that has the address answers. */
export function mount(map: Mount[]): RequestHandler {
  const rooms = map.map((room) => ({ ...room, has: methodsOf(room) }));
  return (req, res, next) => {
    const room = rooms.find(({ has }) => has(req.path)?.has(req.method));
    if (!room) return next();
    room.door(req, res, (error?: unknown) => (error ? next(error) : enter(room, req, res, next)));
  };
}

/** Hands a request to a router as `app.use(at, router)` would, without searching for the way a second time. */
function enter({ at, router }: Mount, req: Request, res: Response, next: NextFunction): void {
  const { url } = req;
  if (at !== "/") {
    const query = url.indexOf("?");
    req.url = (req.path.slice(at.length) || "/") + (query < 0 ? "" : url.slice(query)); // the url may be a whole one
    req.baseUrl = at;
  }
  router(req, res, (error?: unknown) => {
    Object.assign(req, { url, baseUrl: "" });
    next(error);
  });
}

/** Every address of a map with its method, for what must know them all. */
export function addresses(map: Pick<Mount, "at" | "router">[]): { method: string; path: string }[] {
  return map.flatMap((room) => routesOf(room).map(({ method, path }) => ({ method, path })));
}

type Route = { method: string; path: string; match(path: string): boolean };

/** Every address of one mount with its method, and whether the path of a request is one of it. */
export function routesOf({ at, router }: Pick<Mount, "at" | "router">): Route[] {
  return addressesOf(router).flatMap(({ paths, methods, match }) =>
    paths.flatMap((path) => {
      const whole = `${at}/${path}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
      const named = [...methods].filter((method) => method !== "HEAD");
      const isIt = (asked: string) => isUnder(at, asked) && match(restOf(at, asked));
      return named.map((method) => ({ method, path: whole, match: isIt }));
    }),
  );
}

const isUnder = (at: string, path: string) => at === "/" || path === at || path.startsWith(`${at}/`);
const restOf = (at: string, path: string) => (at === "/" ? path : path.slice(at.length) || "/");

/** Refuses addresses that cannot be read, and methods that an address does not have, before all else (ASVS V4.1.4). */
export function knownMethods(map: Mount[]): RequestHandler {
  const rooms = map.map(methodsOf);
  return (req, _res, next) => {
    if (req.path.includes("%")) decodeURIComponent(req.path);
    const allowed = new Set<string>();
    for (const has of rooms) {
      const methods = has(req.path);
      if (methods?.has(req.method)) return next();
      for (const method of methods ?? []) allowed.add(method);
    }
    if (allowed.size > 0) return next(new MethodNotAllowed([...allowed]));
    next(isSafe(req) ? undefined : new NotFound());
  };
}

/** A function that tells which methods a path has in this mount, or undefined. */
function methodsOf({ at, router }: Mount): (path: string) => ReadonlySet<string> | undefined {
  const known = addressesOf(router);
  return (path) => {
    if (!isUnder(at, path)) return undefined;
    return known.find(({ match }) => match(restOf(at, path)))?.methods;
  };
}

/** The routes of a router; routes of the same path are one address. */
function addressesOf(router: Router): Address[] {
  const byPath = new Map<string, Address>();
  for (const layer of router.stack as unknown as Layer[]) {
    if (!layer.route) continue;
    const paths = [layer.route.path].flat();
    const address = byPath.get(paths.join()) ?? { paths, methods: new Set(), match: (path) => layer.match(path) };
    for (const method of Object.keys(layer.route.methods)) address.methods.add(method.toUpperCase());
    if (address.methods.has("GET")) address.methods.add("HEAD");
    byPath.set(paths.join(), address);
  }
  return [...byPath.values()];
}
