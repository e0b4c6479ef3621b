import { z } from "zod";
import type { Scope } from "../../definitions/scopes.js";

/** A call of the JSON API: all that is said of it, to programs that use it and to the code that answers it. */
export type Endpoint = {
  method: "get" | "post" | "patch" | "delete";
  /** Below /api/v1, as Express writes it. */
  path: string;
  /** The part of the API that it belongs to, and what it does, in a few words and in a sentence or two. */
  group: string;
  about: string;
  details?: string;
  /** Whom it answers: people who logged in have proven their address or not; members have. */
  who: "anyone" | "person" | "member";
  /** What a personal API token must be made for; null where none will do, but only a login. */
  scope: Scope | null;
  /** And to read what is answered, where that is more than was sent. */
  reads?: Scope;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType<object>;
  /** The answers when all is well: the schema of each, or null for one without content. */
  answers: Record<number, z.ZodType | null>;
  /** Answers beyond those that every call of its kind has: what each means. */
  refusals?: Record<number, string>;
  /** Whether If-Match is looked at, or an Idempotency-Key. */
  isConditional?: boolean;
  isIdempotent?: boolean;
};

/** What is wrong with a request, and where: a JSON pointer into its body (RFC 6901), or the name of a parameter. */
export type Mistake = { detail: string } & ({ pointer: string } | { parameter: string });

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;
/** What came with a call, as clean data. */
export type Data<C extends Endpoint> = {
  params: Output<C["params"]>;
  query: Output<C["query"]>;
  body: Output<C["body"]>;
};
type Raw = { params: unknown; query: unknown; body: unknown };

/** Says what a call is; the same is checked (`parseCall`) and documented (openapi.ts). */
export const defineEndpoint = <const C extends Endpoint>(call: C): C => call;

/** The parameters of a call that has none. */
const nothing = z.object({});

/** What came with a call as clean data; null when its address names nothing that could be; or what is wrong with it. */
export function parseCall<C extends Endpoint>(
  call: C,
  { params, query, body }: Raw,
): { ok: true; data: Data<C> } | { ok: false; mistakes: Mistake[] } | null {
  const address = call.params?.safeParse(params);
  if (address && !address.success) return null;
  const asked = (call.query ?? nothing).strict().safeParse(query);
  const sent = call.body?.safeParse(body ?? {});
  const mistakes = [
    ...mistakesIn(asked, (path) => ({ parameter: path[0] ?? "" })),
    ...mistakesIn(sent, (path) => ({ pointer: `#${path.map((name) => `/${escaped(name)}`).join("")}` })),
  ];
  if (mistakes.length > 0) return { ok: false, mistakes };
  const data = { params: address?.data ?? {}, query: asked.data ?? {}, body: sent?.data ?? {} };
  return { ok: true, data: data as Data<C> };
}

type Checked = z.ZodSafeParseResult<unknown> | undefined;
type Place = { pointer: string } | { parameter: string };

/** One mistake for each place: the first. */
function mistakesIn(checked: Checked, at: (path: string[]) => Place): Mistake[] {
  if (!checked || checked.success) return [];
  const found = new Map<string, Mistake>();
  for (const issue of checked.error.issues) {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
    const paths = unknown.length > 0 ? unknown.map((key) => [...issue.path, key]) : [issue.path];
    const detail = unknown.length > 0 ? "Unknown field." : issue.message;
    for (const path of paths) {
      const place = at(path.map(String));
      const key = JSON.stringify(place);
      if (!found.has(key)) found.set(key, { ...place, detail });
    }
  }
  return [...found.values()].slice(0, 50);
}

const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
