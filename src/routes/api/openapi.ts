import { createHash } from "node:crypto";
import { Router } from "express";
import { config } from "../../config/index.js";
import { openApi } from "../../forms/api/openapi.js";
import { jwt } from "../../web/api/jwt.js";

/** For programs that read about the API: its document, and the keys that access tokens are signed with. */
export const openApiDocument = Router();

/** The same for the page that shows it (routes/system/api-docs.ts). */
export const described = openApi({ title: config.appName, origin: config.baseUrl.origin });
const text = JSON.stringify(described);
/** Weak: compressed or not, it says the same. */
const tag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
const SHORT = "public, max-age=300";

openApiDocument.get("/openapi.json", (_req, res) => {
  res.set({ "Cache-Control": SHORT, ETag: tag }).type("application/json").send(text);
});

openApiDocument.get("/.well-known/jwks.json", (_req, res) => {
  res.set("Cache-Control", SHORT).type("application/jwk-set+json").send(JSON.stringify(jwt.jwks));
});
