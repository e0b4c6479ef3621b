import type { Grant } from "./definitions/roles.js";
import type { Scope } from "./definitions/scopes.js";

/** A logged-in user on a request: plain data, loaded together with the session. */
export interface RequestUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** Approximate number of the user's posts, drafts included. */
  readonly postCount: number;
  /** True if the email is confirmed. */
  readonly isEmailConfirmed: boolean;
  /**
   * True if the user may see members' content: the email is confirmed, or needs no confirmation (EMAIL_CONFIRMATION).
   */
  readonly isMember: boolean;
  /** Granted roles, for the whole site or one domain (policies/permissions.ts). */
  readonly roles: readonly Grant[];
  /** Hash of the avatar (lib/files/images.ts), or null. */
  readonly picture: string | null;
  /**
   * Session epoch of the account when the request was loaded. If the stored epoch differs, all sessions were ended
   * since.
   */
  readonly epoch: number;
  /** True if an admin chose the password and the user must replace it before anything else (definitions/proofs.ts). */
  readonly mustChangePassword: boolean;
  /** False if the user logs in with a passkey only, or must reset the password by email. */
  readonly hasPassword: boolean;
  /** True if the account has an authenticator app or a passkey (models/user/credentials/factors.ts). */
  readonly hasSecondFactor: boolean;
  /** True if the user must add a second factor before anything else (SECOND_FACTOR). */
  readonly mustAddFactor: boolean;
  /**
   * From when all second factors can be removed with the password, if someone has started that, and whether another
   * admin must still confirm it; otherwise null.
   */
  readonly factorRecovery: { readonly dueAt: Date; readonly needsAdmin: boolean } | null;
  /** When the account will be deleted, if its deletion is scheduled. */
  readonly deletionDueAt: Date | null;
}

/** An admin who impersonates a user. */
export type Impersonator = { readonly id: string; readonly username: string };

/** The one who acts, from where, and how. The first argument of every service. */
export interface Actor {
  readonly user: RequestUser | null;
  /** The admin who impersonates `user`, or null. */
  readonly impersonator: Impersonator | null;
  readonly ip: string;
  readonly agent: string;
  readonly via: "browser" | "api" | "command" | "job";
  /** Scopes that limit this request, independent of the user's roles; null means no limit. */
  readonly scopes: readonly Scope[] | null;
  /** The request id that is also in the log; empty if there is no request. */
  readonly request: string;
  /** The API token of the request, as its owner sees it: "Backup (pst_Ab3x…)". */
  readonly apiToken?: string;
}

/** The part of an actor that the audit log and security emails need: plain data, so that it can be stored. */
export type ActorRecord = Pick<Actor, "ip" | "agent" | "via" | "request" | "apiToken"> & {
  readonly user: Pick<RequestUser, "id"> | null;
  readonly impersonator: Pick<Impersonator, "id"> | null;
};

/** The part of an actor that role policies need. Policies can thus also decide about a user who makes no request. */
export type Principal = Pick<Actor, "impersonator" | "via" | "scopes"> & {
  readonly user: Pick<RequestUser, "id" | "isMember" | "roles"> | null;
};

/** Leaves out where an actor is who is another user than this one: users do not learn where an admin works. */
export const withoutPlaceOfOthers = (actor: ActorRecord, user: unknown): ActorRecord =>
  actor.user === null || actor.user.id === String(user) ? actor : { ...actor, ip: "", agent: "" };

/** The application itself, when it runs a job. */
export const systemActor: Actor = {
  user: null,
  impersonator: null,
  ip: "",
  agent: "",
  via: "job",
  scopes: null,
  request: "",
};

/** The operator of this installation, on the command line. */
export const operatorActor: Actor = { ...systemActor, via: "command" };

type Asking = {
  id?: string;
  user?: RequestUser | undefined;
  scopes?: readonly Scope[] | null;
  apiToken?: { description: string; beginning: string };
  impersonator?: Impersonator | undefined;
  ip?: string | undefined;
  get(name: "user-agent"): string | undefined;
};

/**
 * Returns the actor of a request from a browser, or from an API client with a bearer token (web/api/authenticate.ts).
 */
export function getActor(req: Asking): Actor {
  return {
    user: req.user ?? null,
    impersonator: req.impersonator ?? null,
    ip: req.ip ?? "",
    agent: (req.get("user-agent") ?? "").slice(0, 300),
    via: req.scopes === undefined ? "browser" : "api",
    scopes: req.scopes ?? null,
    request: req.id ?? "",
    ...(req.apiToken && { apiToken: describeApiToken(req.apiToken) }),
  };
}

const describeApiToken = ({ description, beginning }: NonNullable<Asking["apiToken"]>) =>
  `${description} (${beginning}…)`;
