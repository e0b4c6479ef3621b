import { createHash } from "node:crypto";
import { Router } from "express";
import { config } from "../../config/index.js";
import { openApi } from "../../forms/api/openapi.js";
import { jwt } from "../../web/api/jwt.js";

/** Serves the OpenAPI document and the public keys of access tokens. */
export const openApiDocument = Router();

/**
 * The OpenAPI document, created once. Not when this module loads, because the start of the app sets limits that are in
 * it. The documentation page also uses it (routes/system/api-docs.ts).
 */
export function describeApi() {
  document ??= openApi({ title: config.appName, origin: config.baseUrl.origin });
  return document;
}
let document: ReturnType<typeof openApi> | undefined;

function write() {
  const text = JSON.stringify(describeApi());
  // The tag is weak because it applies to both the compressed and the uncompressed document.
  return { text, tag: `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"` };
}
let written: ReturnType<typeof write> | undefined;
const SHORT = "public, max-age=300";

openApiDocument.get("/openapi.json", (_req, res) => {
  written ??= write();
  const { text, tag } = written;
  res.set({ "Cache-Control": SHORT, ETag: tag }).type("application/json").send(text);
});

openApiDocument.get("/.well-known/jwks.json", (_req, res) => {
  res.set("Cache-Control", SHORT).type("application/jwk-set+json").send(JSON.stringify(jwt.jwks));
});
