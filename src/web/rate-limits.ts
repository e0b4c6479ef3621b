import type { Request, RequestHandler } from "express";
import { config } from "../config/index.js";
import { TooManyRequests } from "../errors.js";
import { consume, consumeForNetworks } from "../models/rate-limit.js";

const MINUTES = 60;

/** Budgets that all processes share, in MongoDB. Docs: docs/operations.md. */
const budgets = {
  login: { points: 30, durationSeconds: 10 * MINUTES },
  refresh: { points: 120, durationSeconds: 10 * MINUTES },
  register: { points: 10, durationSeconds: 60 * MINUTES },
  /** Asking for a mail, and using a mailed link. */
  mails: { points: 10, durationSeconds: 60 * MINUTES },
  links: { points: 30, durationSeconds: 10 * MINUTES },
  strength: { points: 120, durationSeconds: 10 * MINUTES },
  reports: { points: 20, durationSeconds: 10 * MINUTES },
  tokens: { points: 20, durationSeconds: 60 * MINUTES },
  posts: { points: 60, durationSeconds: 10 * MINUTES },
  pictures: { points: 20, durationSeconds: 60 * MINUTES },
  invitations: { points: 40, durationSeconds: 60 * MINUTES },
  exports: { points: 5, durationSeconds: 24 * 60 * MINUTES },
  peopleExports: { points: 10, durationSeconds: 60 * MINUTES },
} as const;
type Budget = keyof typeof budgets;

/** Lets a request through if a budget had something left. @throws TooManyRequests */
function assertLeft(pauseMs: number | null): void {
  if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
}

/** The only limiter of strangers: their network, and the larger ones it is in (lib/ip.ts). */
const perNetwork =
  (name: Budget): RequestHandler =>
  async (req, _res, next) => {
    await takeForNetwork(name, req);
    next();
  };

async function takeForNetwork(name: Budget, req: Request): Promise<void> {
  if (config.rateLimits) assertLeft(await consumeForNetworks(name, req.ip ?? "", budgets[name]));
}

/** Counts a change of a sign-up's address as a registration: both mail an address that nobody proved. @throws TooManyRequests */
export const countSignUp = (req: Request): Promise<void> => takeForNetwork("register", req);

const perPerson =
  (name: Budget): RequestHandler =>
  async (req, _res, next) => {
    if (config.rateLimits) assertLeft(await consume(name, req.user?.id ?? "", budgets[name]));
    next();
  };

/** Guards that count before the work is done. */
export const rateLimits = {
  login: perNetwork("login"),
  refresh: perNetwork("refresh"),
  register: perNetwork("register"),
  mails: perNetwork("mails"),
  links: perNetwork("links"),
  strength: perNetwork("strength"),
  reports: perNetwork("reports"),
  /** The invitations that one person sends. */
  invitations: perPerson("invitations"),
  /** One person's writing, the pictures they upload, and the copies of their data that they ask for. */
  posts: perPerson("posts"),
  pictures: perPerson("pictures"),
  exports: perPerson("exports"),
  /** The API tokens that one person makes. */
  tokens: perPerson("tokens"),
  /** One person's copies of the list of people. */
  peopleExports: perPerson("peopleExports"),
};
