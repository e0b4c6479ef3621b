import type { Endpoint } from "../forms/api/endpoint.js";

/** The API calls of your site, which routes.ts serves (`siteApi`). Upstream never edits this file. */
export const siteEndpoints: Record<string, Endpoint>[] = [];
