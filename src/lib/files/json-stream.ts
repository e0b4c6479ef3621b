type Stream = AsyncIterable<unknown>;

/**
 * Streams an object as JSON. Lists that are streams never are completely in memory; values that JSON lacks are omitted.
 */
export async function* streamJson(object: Record<string, unknown>): AsyncGenerator<string> {
  let before = "{\n  ";
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(name)}: `;
    before = ",\n  ";
    if (isStream(value)) yield* streamList(value);
    else yield JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
  }
  yield before.startsWith("{") ? "{}\n" : "\n}\n";
}

async function* streamList(items: Stream): AsyncGenerator<string> {
  let before = "[\n    ";
  for await (const item of items) {
    yield before + JSON.stringify(item, null, 2).replaceAll("\n", "\n    ");
    before = ",\n    ";
  }
  yield before.startsWith("[") ? "[]" : "\n  ]";
}

const isStream = (value: unknown): value is Stream =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;
