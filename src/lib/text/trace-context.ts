/** Version, trace id, parent id and flags. Version ff and ids of zeros are invalid (W3C Trace Context, 3.2.2). */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/**
 * Returns the trace id of a `traceparent` header, 32 hexadecimal digits; null if the header is missing or malformed.
 * Later versions of the standard may add fields, version 00 has none (4.3).
 */
export function readTraceId(header: string | string[] | undefined): string | null {
  const [, version, id, more] = TRACEPARENT.exec(String(header ?? "")) ?? [];
  return id && (version !== "00" || more === undefined) ? id : null;
}
