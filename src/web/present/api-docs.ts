import type { openApi } from "../../forms/api/openapi.js";
import { createExample, formatLimits, formatType, type Schema } from "./json-schema.js";

type Content = Record<string, { schema?: Schema }>;
type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security?: { bearer?: string[] }[];
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};
type Document = ReturnType<typeof openApi>;

/** Presents the API calls by group, for the documentation page. */
export function presentGroups({ paths = {}, tags = [] }: Document, base: string) {
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      presentEndpoint(method.toUpperCase(), path, { operation, base }),
    ),
  );
  return tags.map(({ name }) => ({
    name,
    id: `group-${name.replace(/\W+/g, "-")}`,
    calls: calls.filter(({ group }) => group === name),
  }));
}

/** Presents the schemas of responses with their fields. */
export const presentTypes = ({ components }: Document) =>
  Object.entries((components?.schemas ?? {}) as Record<string, Schema>).map(([name, schema]) => ({
    name,
    about: plain(schema.description),
    fields: presentFields(schema),
  }));

function presentEndpoint(method: string, path: string, { operation, base }: { operation: Operation; base: string }) {
  const { operationId: id, tags, summary, description = "", security = [], parameters = [], responses } = operation;
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const needed = security.flatMap(({ bearer }) => (bearer ? [bearer] : []))[0];
  const example = schema ? JSON.stringify(createExample(schema), null, 2) : null;
  return {
    ...{ id, group: tags[0] ?? "", method, path, about: summary, details: plain(description) },
    needs: needed ? { scopes: needed, isOptional: security.length > 1 } : null,
    parameters: parameters.map((one) => ({
      ...presentField(one.name, one.schema, one.required ?? false),
      place: one.in,
    })),
    fields: schema ? presentFields(schema) : [],
    example,
    answers: Object.entries(responses).map(([status, { description: means, content }]) => ({
      status,
      means: plain(means),
      holds: content?.["application/json"]?.schema ? formatType(content["application/json"].schema) : null,
    })),
    curl: formatCurl(method, `${base}${path}`, { isSecured: needed !== undefined, example }),
  };
}

const presentFields = ({ properties = {}, required = [] }: Schema) =>
  Object.entries(properties).map(([name, schema]) => presentField(name, schema, required.includes(name)));

const presentField = (name: string, schema: Schema, isRequired: boolean) => ({
  ...{ name, isRequired, type: formatType(schema), limits: formatLimits(schema), about: plain(schema.description) },
  fallback: schema.default === undefined ? null : String(schema.default),
});

/** Removes the Markdown for code. */
const plain = (text = "") => text.replaceAll("`", "");

type Sending = { isSecured: boolean; example: string | null };

function formatCurl(method: string, address: string, { isSecured, example }: Sending): string {
  const parts = [
    `curl ${method === "GET" ? "" : `-X ${method} `}'${address}'`,
    ...(isSecured ? [`-H "Authorization: Bearer $TOKEN"`] : []),
    ...(example
      ? ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(JSON.parse(example)).replaceAll("'", "’")}'`]
      : []),
  ];
  return parts.join(" \\\n  ");
}
