import fc from "fast-check";
import { createSpoilt, createValues, type Known, type Schema, strange, strangeJson } from "./values.js";

type Parameter = { in: "path" | "query" | "header"; name: string; schema: Schema; required?: boolean };
/** An operation of the document, as far as it says how to call it. */
export type Operation = {
  /** Empty, or with an empty entry, if a call needs no token. */
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
type Body = string | FormData | Uint8Array<ArrayBuffer>;
/** A call as it is sent; `path` is below /api/v1. */
export type Call = { method: string; path: string; headers: Record<string, string>; body?: Body | undefined };

/** Whether a part of the call is as the document says, and values that exist. */
type Kind = { isValid: boolean; known: Known };
/** Creates the usual values, and in a part with faults also others. */
const mostly = <Value>({ isValid }: Kind, usual: fc.Arbitrary<Value>, faulty: fc.Arbitrary<Value>, weight = 1) =>
  isValid ? usual : fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: faulty });
const sometimes = <Value>(values: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const written = (value: unknown) => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
/** Encodes text for an address. Text that is no Unicode is sent as a byte that is no UTF-8. */
const encoded = (text: string) => (text.isWellFormed() ? encodeURIComponent(text) : "%ff");

/** Where a call has faults. In most calls with faults, all other parts are valid, so that the faulty one is read. */
const places = ["nowhere", "nowhere", "nowhere", "nowhere", "body", "body", "body", "path", "query", "headers", "all"];

/** Creates calls of one operation. */
export function createCalls(method: string, template: string, operation: Operation, known: Known): fc.Arbitrary<Call> {
  const { parameters = [], requestBody } = operation;
  return fc
    .constantFrom(...places)
    .chain((faulty) => {
      const own = { ...known, token: known[`token of ${template}`] ?? [] };
      const getKind = (place: string) => ({ isValid: ![place, "all"].includes(faulty), known: own });
      const body = getKind("body");
      return fc.record({
        path: createPaths(template, parameters, getKind("path")),
        query: createQueries(parameters, getKind("query")),
        headers: createHeaders(parameters, getKind("headers")),
        sent: requestBody ? createBodies(requestBody.content, body) : createNoBody(method, body),
      });
    })
    .map(({ path, query, headers, sent }) => ({
      method: method.toUpperCase(),
      path: path + (query && `?${query}`),
      headers: { ...sent.headers, ...headers },
      body: sent.body,
    }));
}

/** A parameter with a name like `id` has the values of its collection: `/posts/{id}` those of `posts`. */
function createPaths(template: string, parameters: Parameter[], kind: Kind): fc.Arbitrary<string> {
  const parts = template.split("/").slice(1);
  const { known } = kind;
  const all = Object.values(known).flat();
  const filled = parts.map((part, index) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (!name) return fc.constant(part);
    const { schema = {} } = parameters.find((one) => one.in === "path" && one.name === name) ?? {};
    const made = createValues(schema, {}, name);
    const existing = known[name === "id" || name === "handle" ? (parts[index - 1] ?? "") : name] ?? [];
    const valid = existing.length > 0 ? mostly(kind, fc.constantFrom(...existing), made) : made;
    const invalid = fc.oneof(
      fc.constantFrom("%E0%A4%A", "%00", "%ff", "%2f", "%5c", "x".repeat(3_000), ";", "*", "null"),
      strange.map((value) => encoded(written(value))),
      fc.constantFrom(...all).map(encoded),
    );
    // An empty part or a dot would be the address of another call.
    const texts = mostly(kind, valid.map(written).map(encoded), invalid);
    return texts.map((text) => (/^\.*$/.test(text) ? "x" : text));
  });
  return fc.tuple(...filled).map((texts) => `/${texts.join("/")}`);
}

function createQueries(parameters: Parameter[], kind: Kind): fc.Arbitrary<string> {
  const own = parameters.filter((one) => one.in === "query");
  const pairs = own.map(({ name, schema }) => {
    const values = mostly(kind, createValues(schema, kind.known, name), strange);
    return sometimes(values.map((value) => `${name}=${encoded(written(value))}`));
  });
  const odd = fc.constantFrom(
    "q[$ne]=1",
    "q[]=1",
    "page=1&page=2",
    "__proto__[x]=1",
    "constructor=1",
    "$where=1",
    "limit",
    "%",
    "%ff=%ff",
    "&&=&",
    `q=${"x".repeat(5_000)}`,
    Array.from({ length: 1_200 }, (_, n) => `k${n}=1`).join("&"),
  );
  return fc
    .tuple(...pairs, mostly(kind, fc.constant(undefined), odd))
    .map((texts) => texts.filter((text) => text !== undefined).join("&"));
}

const headerText = fc.string({ unit: fc.constantFrom(..."abcXYZ019,;=*/\\\"' \t\u00e9\u00ff"), maxLength: 300 });

function createHeaders(parameters: Parameter[], kind: Kind): fc.Arbitrary<Record<string, string>> {
  const declared = parameters
    .filter((one) => one.in === "header")
    .map(({ name, schema }) => {
      const values = createValues(schema, kind.known, name).map(String);
      return [name, sometimes(mostly(kind, values, headerText))];
    });
  const others = {
    accept: sometimes(fc.constantFrom("text/html", "application/xml", "*/*;q=0", "application/json", "\u00ff")),
    "accept-language": sometimes(headerText),
    "x-http-method-override": sometimes(fc.constantFrom("DELETE", "__proto__")),
  };
  return fc
    .record({ ...(Object.fromEntries(declared) as Record<string, fc.Arbitrary<string | undefined>>), ...others })
    .map((headers) => {
      const sent = Object.entries(headers).filter(
        ([, value]) => value !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
      );
      return Object.fromEntries(sent) as Record<string, string>;
    });
}

type Sent = { body?: Body; headers: Record<string, string> };
const json = "application/json";
const asJson = (body: string): Sent => ({ body, headers: { "content-type": json } });

/** Creates bodies with their headers: JSON, or an image if the call takes one. */
function createBodies(content: Record<string, { schema: Schema }>, kind: Kind): fc.Arbitrary<Sent> {
  const schema = content[json]?.schema;
  if (!schema) return mostly(kind, createImages(kind), strangeJson.map(asJson));
  const valid = createValues(schema, kind.known);
  const spoilt = fc.oneof(
    { weight: 4, arbitrary: createSpoilt(valid).map(written) },
    { weight: 1, arbitrary: strangeJson },
  );
  const types = mostly(
    kind,
    fc.constant({ "content-type": json }),
    fc.constantFrom<Record<string, string>>(
      { "content-type": "application/json; charset=utf-8" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-type": "application/json; charset=\u00ff" },
      { "content-type": "application/merge-patch+json" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "multipart/form-data" },
      { "content-type": "text/plain" },
      { "content-type": "/" },
      { "content-type": json, "content-encoding": "gzip" },
      { "content-type": json, "content-encoding": "br" },
      { "content-type": json, "content-encoding": "\u00ff" },
    ),
    8,
  );
  return fc.record({ body: mostly(kind, valid.map(written), spoilt), headers: types });
}

/** A body for a call that expects none. Fetch sends none with GET. */
const createNoBody = (method: string, kind: Kind): fc.Arbitrary<Sent> => {
  const none = fc.constant<Sent>({ headers: {} });
  return method === "get" ? none : mostly(kind, none, strangeJson.map(asJson));
};

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
const whole = fc.constant(Uint8Array.from(Buffer.from(PNG, "base64")));
const broken = fc.oneof(
  fc.tuple(whole, fc.nat({ max: 68 })).map(([bytes, length]) => bytes.slice(0, length)),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Uint8Array.from(bytes)),
);

/** Creates uploads of images: as the body, in a form, and in a form that is none. */
function createImages(kind: Kind): fc.Arbitrary<Sent> {
  const files = mostly(kind, whole, broken);
  const types = mostly(kind, fc.constant("image/png"), fc.constantFrom("image/svg+xml", "image/*", "image/\u00ff"));
  const fields = mostly(kind, fc.constant("avatar"), fc.constantFrom("picture", "avatar[]", "__proto__", ""));
  const copies = mostly(kind, fc.constant(1), fc.constantFrom(0, 2, 50));
  const asBody = fc.tuple(files, types).map(([body, type]) => ({ body, headers: { "content-type": type } }));
  const asForm = fc.tuple(files, fields, copies).map(([bytes, field, times]) => {
    const body = new FormData();
    for (let n = 0; n < times; n += 1) body.append(field, new File([bytes], "me.png", { type: "image/png" }));
    return { body, headers: {} };
  });
  const noForm = fc
    .constantFrom("multipart/form-data; boundary=x", "multipart/form-data; boundary=", "multipart/mixed; boundary=x")
    .map((type) => ({ body: "--x\r\nContent-Disposition: form-data; name=avatar", headers: { "content-type": type } }));
  return mostly<Sent>(kind, fc.oneof(asBody, asForm), noForm);
}
