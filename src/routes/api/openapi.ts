import { createHash } from "node:crypto";
import { Router } from "express";
import { config } from "../../config/index.js";
import { openApi } from "../../forms/api/openapi.js";
import { jwt } from "../../web/api/jwt.js";

/** Serves the OpenAPI document and the public keys of access tokens. */
export const openApiDocument = Router();

/** The OpenAPI document. The documentation page also uses it (routes/system/api-docs.ts). */
export const described = openApi({ title: config.appName, origin: config.baseUrl.origin });
const text = JSON.stringify(described);
/** The tag is weak because it applies to both the compressed and the uncompressed document. */
const tag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
const SHORT = "public, max-age=300";

openApiDocument.get("/openapi.json", (_req, res) => {
  res.set({ "Cache-Control": SHORT, ETag: tag }).type("application/json").send(text);
});

openApiDocument.get("/.well-known/jwks.json", (_req, res) => {
  res.set("Cache-Control", SHORT).type("application/jwk-set+json").send(JSON.stringify(jwt.jwks));
});
