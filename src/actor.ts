/** A signed-in person as every request carries them: plain data, loaded with the session in one read. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  /** About how many posts they have, drafts too. */
  readonly postCount: number;
}

/** Who asks, from where, and through which door. The first argument of every service. */
export interface Actor {
  readonly user: Person | null;
  readonly ip: string;
  readonly agent: string;
  readonly via: "browser" | "command";
}

type Asking = { user?: Person | undefined; ip?: string | undefined; get(name: "user-agent"): string | undefined };

/** The actor behind a browser's request. */
export function actorOf(req: Asking): Actor {
  return {
    user: req.user ?? null,
    ip: req.ip ?? "",
    agent: (req.get("user-agent") ?? "").slice(0, 300),
    via: "browser",
  };
}
