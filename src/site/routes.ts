import type { Router } from "express";
import type { Mount } from "../web/mount.js";

// The addresses of your site. Upstream never edits this file. An address that the app also has replaces that of the app.
// The proof that an address requires is in definitions.ts (`proofs`), and who gets which status in test/site/access.ts.

/** Pages, such as `{ at: "/about", guard: allowAll, router: about }`. */
export const sitePages: Mount[] = [];

/** Routes for programs: they have no session and no forms. */
export const siteMachineRoutes: Mount[] = [];

/** Routers of the calls in api-calls.ts, below /api/v1. */
export const siteApi: Router[] = [];
