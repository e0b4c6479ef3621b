import { z } from "zod";
import type { Scope } from "../../definitions/scopes.js";

/** Definition of an API call, used to document and to handle it. */
export type Endpoint = {
  method: "get" | "post" | "patch" | "delete";
  /** Path below /api/v1, in Express syntax. */
  path: string;
  /** The group in the documentation, a short title, and details of one or two sentences. */
  group: string;
  about: string;
  details?: string;
  /** Who may call it. "person" is a logged-in user; "member" is a user with a confirmed email. */
  who: "anyone" | "person" | "member";
  /** The scope that an API token needs. If null, API tokens are not accepted and the call needs a login. */
  scope: Scope | null;
  /** A second scope, needed if the response contains more than the client sent. */
  reads?: Scope;
  /** Accepts API tokens whatever their scopes, because the call only tells about the token itself. */
  takesAnyToken?: boolean;
  /** True if a role in a single domain is enough for the permission; the service checks in which. */
  isPerDomain?: boolean;
  /** True if a call for anyone also accepts an access token, to act as that user. */
  takesLogin?: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType<object>;
  /** True if the body is an image: a multipart form with the field `avatar`, or the bytes themselves. */
  isUpload?: boolean;
  /** Successful responses by status: the schema, or null if there is no content. */
  answers: Record<number, z.ZodType | null>;
  /** The media type of a successful response that is a file instead of JSON. */
  download?: string;
  /** Errors in addition to the usual ones of such a call, with their meaning. */
  refusals?: Record<number, string>;
  /** True if the response is a resource with a version, although it has no id. Its ETag is strong, for If-Match. */
  isResource?: boolean;
  /** Supports If-Match. */
  isConditional?: boolean;
  /** Supports Idempotency-Key: `true` repeats the first answer, "by-handler" leaves it to the handler. */
  isIdempotent?: boolean | "by-handler";
};

/** An error in a request, with its location: a JSON pointer into the body (RFC 6901) or the name of a parameter. */
export type Mistake = { detail: string } & ({ pointer: string } | { parameter: string });

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;
/** The validated input of an API call. */
export type Data<C extends Endpoint> = {
  params: Output<C["params"]>;
  query: Output<C["query"]>;
  body: Output<C["body"]>;
};
type Raw = { params: unknown; query: unknown; body: unknown };

/** Defines an API call. `parseCall` validates its input, and openapi.ts documents it. */
export const defineEndpoint = <const C extends Endpoint>(call: C): C => call;

const nothing = z.object({});

const stricts = new WeakMap<z.ZodObject, z.ZodObject>();
/** Returns the schema that refuses unknown names. It is made once: Zod compiles a schema when it is first used. */
function toStrict(schema: z.ZodObject): z.ZodObject {
  const strict = stricts.get(schema) ?? schema.strict();
  stricts.set(schema, strict);
  return strict;
}

/** Validates the input of a call. Returns the data, a list of errors, or null if the address cannot exist. */
export function parseCall<C extends Endpoint>(
  call: C,
  { params, query, body }: Raw,
): { ok: true; data: Data<C> } | { ok: false; mistakes: Mistake[] } | null {
  const address = call.params?.safeParse(params);
  if (address && !address.success) return null;
  const asked = toStrict(call.query ?? nothing).safeParse(query);
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

/** Returns the first error for each location. */
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
