import type { Grant } from "./definitions/roles.js";
import type { Scope } from "./definitions/scopes.js";

/** A signed-in person as every request carries them: plain data, loaded with the session in one read. */
export interface RequestUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** About how many posts they have, drafts too. */
  readonly postCount: number;
  /** Whether the address is proven to be theirs. */
  readonly isEmailConfirmed: boolean;
  /** Whether they may see what members see: the address is confirmed, or need not be (EMAIL_CONFIRMATION). */
  readonly isMember: boolean;
  /** What they may do beyond writing, and where (policies/permissions.ts). */
  readonly roles: readonly Grant[];
  /** The hash of their picture (lib/files/images.ts), if they have one. */
  readonly picture: string | null;
  /** The epoch of the account when the request came: another by now means that everything was ended meanwhile. */
  readonly epoch: number;
  /** When the account will be deleted, if they asked for that. */
  readonly deletionDueAt: Date | null;
}

/** An admin who sees the site as somebody else does. */
export type Impersonator = { readonly id: string; readonly username: string };

/** Who asks, from where, and by which way. The first argument of every service. */
export interface Actor {
  readonly user: RequestUser | null;
  /** The admin who acts as that person, if one does. */
  readonly impersonator: Impersonator | null;
  readonly ip: string;
  readonly agent: string;
  readonly via: "browser" | "api" | "command" | "job";
  /** What this request may do at most, whatever its person may; null where that is everything. */
  readonly scopes: readonly Scope[] | null;
  /** The id of the request, as in the log; empty where there is none. */
  readonly request: string;
  /** The API token that the request came with, as its owner knows it: "Backup (pst_Ab3x…)". */
  readonly apiToken?: string;
}

/** What the audit log and security emails say of an actor: plain data, so that it can be stored. */
export type ActorRecord = Pick<Actor, "ip" | "agent" | "via" | "request" | "apiToken"> & {
  readonly user: Pick<RequestUser, "id"> | null;
  readonly impersonator: Pick<Impersonator, "id"> | null;
};

/** As much of an actor as policies about roles ask for; so they also answer about somebody who is not asking. */
export type Principal = Pick<Actor, "impersonator" | "via" | "scopes"> & {
  readonly user: Pick<RequestUser, "id" | "isMember" | "roles"> | null;
};

/** The application itself, in its jobs. */
export const systemActor: Actor = {
  user: null,
  impersonator: null,
  ip: "",
  agent: "",
  via: "job",
  scopes: null,
  request: "",
};

/** Whoever runs this installation, at their terminal. */
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

/** The actor behind a request: a browser's, or a program's with a bearer token (web/api/authenticate.ts). */
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
