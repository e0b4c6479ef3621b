import type { Statuses } from "../access/statuses.js";

/**
 * The rows of your addresses in the table of test/access/access.test.ts, such as `"GET /about": [200, 200, 200]`: the
 * status for visitors, unconfirmed users and members. Upstream never edits this file.
 */
export const siteAccess: Record<string, Statuses> = {};
