import fc from "fast-check";

/** The parts of JSON Schema that the document of the API uses in requests. */
export type Schema = {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
};
/** Values that exist, by the name of the field or parameter. */
export type Known = Record<string, readonly string[]>;
type Values = fc.Arbitrary<unknown>;

/** Names that mean something to JavaScript, MongoDB or our models, but to no schema. */
const strangeNames =
  `__proto__ constructor prototype toString hasOwnProperty $where $ne $set _id a.b passwordHash isAdmin roles
  emailConfirmedAt sessionEpoch disabledAt`.split(/\s+/);

const blankTexts = ["", " ", "\u0000", "a\u0000b", "\ufeff", "\u202eevil"];
const loneSurrogates = ["\ud800", "a\udfffb"];
const longCharacters = ["e\u0301".repeat(40), "👩‍👩‍👧‍👦", "ﷺ".repeat(200)];
const likeOtherTypes = ["null", "undefined", "NaN", "-1", "1e309", "0x10", "true", "[object Object]"];
const likeDates = ["0000-00-00", "2026-02-30T25:61:61Z", "+275760-09-13T00:00:00.001Z"];
const likeIds = ["0".repeat(24), "F".repeat(24)];
const likeCode = ["<script>alert(1)</script>", "{{7*7}}", "'; return true; //", ".*", "(a+)+$"];
const likeAddresses = ["../../etc/passwd", "%00", "%", "\r\nX-Evil: 1"];

const strangeTexts = fc.oneof(
  fc.constantFrom(...blankTexts, ...loneSurrogates, ...longCharacters),
  fc.constantFrom(...likeOtherTypes, ...likeDates, ...likeIds, ...likeCode, ...likeAddresses, ...strangeNames),
  fc.constantFrom(31, 101, 255, 501, 2_001, 20_000).map((length) => "x".repeat(length)),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);

/** Values that no schema of the API accepts, or only a few do. */
export const strange: Values = fc.oneof(
  strangeTexts,
  fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 1e21, 1e308, Number.MAX_SAFE_INTEGER + 2, -(2 ** 31) - 1),
  fc.constantFrom({ $ne: null }, { $gt: "" }, { $where: "sleep(9)" }, { $regex: "^(a+)+$" }, { $expr: {} }),
  fc.constantFrom([], {}, [[]], [null], [{ $ne: 1 }], ["x", "x"], { length: 3 }, { toString: "x" }, { toJSON: 1 }),
  fc.constantFrom(...strangeNames).map((name) => Object.fromEntries([[name, { isAdmin: true }]])),
  fc.jsonValue({ noUnicodeString: false, maxDepth: 3 }),
);

/** Creates values that the schema accepts; two of three exist, if any are known. @param name of the field */
export function createValues(schema: Schema, known: Known, name = ""): Values {
  const made = createFromSchema(schema, known, name);
  const existing = known[name];
  if (!existing?.length || schema.type === "array") return made;
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...existing) }, { weight: 1, arbitrary: made });
}

function createFromSchema(schema: Schema, known: Known, name: string): Values {
  const { type, enum: listed, anyOf, items = {}, minItems = 0, maxItems = 5 } = schema;
  if ("const" in schema) return fc.constant(schema.const);
  if (listed) return fc.constantFrom(...listed);
  if (anyOf) return fc.oneof(...anyOf.map((one) => createValues(one, known, name)));
  if (type === "object") return createObjects(schema, known);
  if (type === "array") return fc.array(createValues(items, known, name), { minLength: minItems, maxLength: maxItems });
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  if (type === "integer" && !schema.pattern)
    return fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 });
  return createTexts(schema);
}

/** Objects have few optional fields: the more there are, the more often one of them does not fit the others. */
function createObjects({ properties = {}, required = [] }: Schema, known: Known): Values {
  const fields = Object.entries(properties).map(([name, schema]) => [name, createValues(schema, known, name)] as const);
  const optional = fields.filter(([name]) => !required.includes(name));
  return fc.shuffledSubarray(optional, { maxLength: Math.min(2, optional.length) }).chain((chosen) => {
    const all = [...fields.filter(([name]) => required.includes(name)), ...chosen];
    return fc.record(Object.fromEntries(all));
  });
}

function createTexts({ pattern, format, minLength = 0, maxLength = 300 }: Schema): Values {
  const isShortEnough = (text: string) => text.length >= minLength && text.length <= maxLength;
  if (format === "date-time") return createDates();
  if (pattern) return fc.stringMatching(new RegExp(pattern), { maxLength: 40 }).filter(isShortEnough);
  if (format === "date") return createDates().map((time) => time.slice(0, 10));
  if (format === "email") return fc.oneof(simpleEmails, fc.emailAddress().filter(isShortEnough));
  if (format === "password") return fc.string({ unit: "grapheme", minLength: Math.max(minLength, 12), maxLength: 60 });
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.lorem({ maxCount: 3 }) },
      fc.string({ minLength, maxLength }),
      fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, Math.floor(maxLength / 8)) }),
      fc.string({ unit: "binary", minLength, maxLength: Math.max(minLength, Math.floor(maxLength / 2)) }),
    )
    .filter(isShortEnough);
}

const simpleEmails = fc.stringMatching(/^[a-z]{5,12}@example\.org$/);
const createDates = () =>
  fc
    .date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString());

/** Changes a valid body so that it is probably invalid: another value, a missing field, a field too many. */
export const createSpoilt = (bodies: Values): Values =>
  fc
    .tuple(bodies, fc.nat(), strange, fc.constantFrom(...strangeNames), fc.nat({ max: 3 }))
    .map(([body, place, value, extra, how]) => {
      const fields = Object.entries(body as Record<string, unknown>);
      const at = fields.length > 0 ? place % fields.length : 0;
      if (how === 0) return value;
      if (how === 1) return Object.fromEntries([...fields, [extra, value]]);
      if (how === 2) return Object.fromEntries(fields.filter((_, index) => index !== at));
      return Object.fromEntries(fields.map(([name, old], index) => [name, index === at ? value : old]));
    });

const noObjects = ["", "null", "7", '"x"', "[]", "\u0000", "\ufeff{}"];
const brokenJson = ["{", "{}{}", "{'a':1}", '{"a":1,}', "NaN", '{"a":"\ud800"}'];
const doubleMeaning = ['{"__proto__":{"isAdmin":true}}', '{"password":"a","password":"b"}', '{"expiresInDays":1e999}'];
const largeJson = [
  `{"expiresInDays":${"9".repeat(400)}}`,
  `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
  `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  `{"a":"${"x".repeat(200_000)}"}`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":0`).join()}}`,
];

/** Bodies that `JSON.stringify` never writes. */
export const strangeJson = fc.constantFrom(...noObjects, ...brokenJson, ...doubleMeaning, ...largeJson);
