import { type RequestHandler, Router } from "express";
import { MethodNotAllowed } from "../errors.js";

/** Where a router hangs and who may enter. */
export type Mount = { at: string; door: RequestHandler; router: Router };

type Layer = { route?: { path: string | string[]; methods: Record<string, boolean> }; match(path: string): boolean };

const layersOf = (router: Router) => router.stack as unknown as Layer[];

/** Hangs up the routers of a map, each behind its door. The first mount that has the address answers. */
export function mount(map: Mount[]): RequestHandler {
  const rooms = map.map((room) => ({ ...room, handle: Router().use(room.at, room.router) }));
  return (req, res, next) => {
    const room = rooms.find(({ at, router }) => methodsAt(at, router, req.path).has(req.method));
    if (!room) return next();
    room.door(req, res, (error?: unknown) => (error ? next(error) : room.handle(req, res, next)));
  };
}

/** Every address of a map with its method, for the tests that must know them all. */
export function addresses(map: Mount[]): { method: string; path: string }[] {
  return map.flatMap(({ at, router }) =>
    layersOf(router).flatMap(({ route }) =>
      [route?.path ?? []].flat().flatMap((path) => {
        const whole = `${at}/${path}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
        return Object.keys(route?.methods ?? {}).map((method) => ({ method: method.toUpperCase(), path: whole }));
      }),
    ),
  );
}

/** Refuses methods that an address does not have, before anything else is done (ASVS V4.1.4). */
export const knownMethods =
  (map: Mount[]): RequestHandler =>
  (req, _res, next) => {
    const allowed = new Set<string>();
    for (const { at, router } of map) {
      const methods = methodsAt(at, router, req.path);
      if (methods.has(req.method)) return next();
      for (const method of methods) allowed.add(method);
    }
    next(allowed.size === 0 ? undefined : new MethodNotAllowed([...allowed]));
  };

const none: ReadonlySet<string> = new Set();

function methodsAt(at: string, router: Router, path: string): ReadonlySet<string> {
  const inside = at === "/" || path === at || path.startsWith(`${at}/`);
  return inside ? methodsOf(router, at === "/" ? path : path.slice(at.length) || "/") : none;
}

function methodsOf(router: Router, path: string): ReadonlySet<string> {
  const methods = new Set<string>();
  for (const layer of layersOf(router)) {
    if (!layer.route || !layer.match(path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has("GET")) methods.add("HEAD");
  return methods;
}
