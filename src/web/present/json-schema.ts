/** The part of JSON Schema that our OpenAPI document uses. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  format?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
};

/** Describes a type in words: "string or null", "list of Post", "public | members". */
export function formatType({
  $ref,
  type,
  items,
  anyOf,
  enum: values,
  const: only,
  properties,
  format,
}: Schema): string {
  if ($ref) return $ref.slice($ref.lastIndexOf("/") + 1);
  if (values) return values.map(String).join(" | ");
  if (only !== undefined) return String(only);
  if (anyOf) return anyOf.map(formatType).join(" or ");
  if (items) return `list of ${formatType(items)}`;
  if (properties?.data) return `page with data: ${formatType(properties.data)}`;
  if (properties) return `object of ${Object.keys(properties).join(", ")}`;
  return format ?? [type ?? "anything"].flat().join(" or ");
}

const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Describes limits in words: "1 or more, 100 at most". */
export function formatLimits({ minimum, maximum, minLength, maxLength, minItems, maxItems }: Schema): string {
  return [
    formatRange("", minimum, maximum),
    formatRange(" characters", minLength, maxLength),
    formatRange(" of them", minItems, maxItems),
  ]
    .filter(Boolean)
    .join(", ");
}

function formatRange(unit: string, least = -UNBOUNDED, most = UNBOUNDED): string {
  const from = least > -UNBOUNDED ? `${least} or more${unit}` : "";
  return [from, most < UNBOUNDED ? `${most}${unit} at most` : ""].filter(Boolean).join(", ");
}

/** Creates an example value for a schema. */
export function createExample({
  examples,
  default: usual,
  enum: values,
  const: only,
  type,
  items,
  properties,
  required = [],
  ...rest
}: Schema): unknown {
  const known = [examples?.[0], usual, only, values?.[0]].find((one) => one !== undefined);
  if (known !== undefined) return known;
  if (properties) {
    const sent = Object.entries(properties).filter(([name]) => required.length === 0 || required.includes(name));
    return Object.fromEntries(sent.map(([name, one]) => [name, createExample(one)]));
  }
  if (items) return [createExample(items)];
  if (rest.anyOf?.[0]) return createExample(rest.anyOf[0]);
  const [kind] = [type].flat();
  if (kind === "integer" || kind === "number") return rest.minimum ?? 1;
  return kind === "boolean" ? true : rest.format === "email" ? "ada@example.org" : "…";
}
