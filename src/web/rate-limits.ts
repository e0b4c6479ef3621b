import type { Request, RequestHandler } from "express";
import { config } from "../config/index.js";
import { TooManyRequests } from "../errors.js";
import { consume, consumeForNetworks } from "../models/rate-limit.js";

const MINUTES = 60;

/** Budgets that all processes share, in MongoDB. docs/operations.md describes them. */
const budgets = {
  login: { points: 30, durationSeconds: 10 * MINUTES },
  refresh: { points: 120, durationSeconds: 10 * MINUTES },
  register: { points: 10, durationSeconds: 60 * MINUTES },
  /** `mails`: requests for an email. `links`: uses of a mailed link. */
  mails: { points: 10, durationSeconds: 60 * MINUTES },
  links: { points: 30, durationSeconds: 10 * MINUTES },
  strength: { points: 120, durationSeconds: 10 * MINUTES },
  reports: { points: 20, durationSeconds: 10 * MINUTES },
  passkeys: { points: 120, durationSeconds: 10 * MINUTES },
  factors: { points: 30, durationSeconds: 10 * MINUTES },
  tokens: { points: 20, durationSeconds: 60 * MINUTES },
  posts: { points: 60, durationSeconds: 10 * MINUTES },
  comments: { points: 30, durationSeconds: 10 * MINUTES },
  searches: { points: 60, durationSeconds: 10 * MINUTES },
  pictures: { points: 20, durationSeconds: 60 * MINUTES },
  invitations: { points: 40, durationSeconds: 60 * MINUTES },
  exports: { points: 5, durationSeconds: 24 * 60 * MINUTES },
  peopleExports: { points: 10, durationSeconds: 60 * MINUTES },
} as const;
type Budget = keyof typeof budgets;

/** @throws TooManyRequests if the budget is used up */
function assertLeft(pauseMs: number | null): void {
  if (pauseMs !== null) throw new TooManyRequests(Math.ceil(pauseMs / 1000));
}

/** Limits anonymous requests by network and by the larger networks that contain it (lib/network/ip.ts). */
const perNetwork =
  (name: Budget): RequestHandler =>
  async (req, _res, next) => {
    await takeForNetwork(name, req);
    next();
  };

async function takeForNetwork(name: Budget, req: Request): Promise<void> {
  if (config.rateLimits) assertLeft(await consumeForNetworks(name, req.ip ?? "", budgets[name]));
}

/**
 * Counts a corrected email like a registration, because both send an email to an unconfirmed address.
 * @throws TooManyRequests
 */
export const countSignUp = (req: Request): Promise<void> => takeForNetwork("register", req);

const perPerson =
  (name: Budget): RequestHandler =>
  async (req, _res, next) => {
    await takeForPerson(name, req);
    next();
  };

async function takeForPerson(name: Budget, req: Request): Promise<void> {
  if (config.rateLimits) assertLeft(await consume(name, req.user?.id ?? "", budgets[name]));
}

/** Counts a search in the texts of posts, which costs the database more than a list. @throws TooManyRequests */
export const countSearch = (req: Request): Promise<void> => takeForPerson("searches", req);

/** Guards that take one point from a budget before a request is handled. */
export const rateLimits = {
  login: perNetwork("login"),
  refresh: perNetwork("refresh"),
  register: perNetwork("register"),
  mails: perNetwork("mails"),
  links: perNetwork("links"),
  strength: perNetwork("strength"),
  reports: perNetwork("reports"),
  /** Invitations sent by one user. */
  invitations: perPerson("invitations"),
  /** Posts, comments, uploads and data exports of one user. */
  posts: perPerson("posts"),
  comments: perPerson("comments"),
  pictures: perPerson("pictures"),
  exports: perPerson("exports"),
  /** Challenges for passkeys. Each login page asks for one. */
  passkeys: perNetwork("passkeys"),
  /** Changes of one user's second factors. */
  factors: perPerson("factors"),
  /** API tokens created by one user. */
  tokens: perPerson("tokens"),
  /** Exports of the user list by one user. */
  peopleExports: perPerson("peopleExports"),
};
