import { type RequestHandler, Router } from "express";
import { MethodNotAllowed } from "../errors.js";

/** Where a router hangs and who may enter. */
export type Mount = { at: string; door: RequestHandler; router: Router };

type Layer = { route?: { path: string | string[]; methods: Record<string, boolean> }; match(path: string): boolean };

const layersOf = (router: Router) => router.stack as unknown as Layer[];

/** Hangs up the routers of a map, each behind its door. A door is only asked about addresses behind it. */
export function mount(map: Mount[]): Router {
  const house = Router();
  for (const { at, door, router } of map) {
    const guard: RequestHandler = (req, res, next) => {
      if (methodsOf(router, req.path).has(req.method)) door(req, res, next);
      else next("route");
    };
    house.use(at, guard, router);
  }
  return house;
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
    const here = map.map(({ at, router }) => {
      const rest = restOf(req.path, at);
      return rest === null ? [] : [...methodsOf(router, rest)];
    });
    const allowed = new Set(here.flat());
    next(allowed.size === 0 || allowed.has(req.method) ? undefined : new MethodNotAllowed([...allowed]));
  };

function methodsOf(router: Router, path: string): Set<string> {
  const methods = new Set<string>();
  for (const layer of layersOf(router)) {
    if (!layer.route || !layer.match(path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has("GET")) methods.add("HEAD");
  return methods;
}

function restOf(path: string, at: string): string | null {
  if (at === "/") return path;
  return path === at || path.startsWith(`${at}/`) ? path.slice(at.length) || "/" : null;
}
