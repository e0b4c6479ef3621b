import { z } from "zod";
import { afterSlug, beforeId, beforeNumber, domain, page } from "./fields.js";
import { defineQuery } from "./query.js";

// Queries of list pages that contain only a position. Lists with filters have their queries in admin/.

export const postsQuery = defineQuery("/posts", z.object({ page }));
/** The page of comments. */
export const postQuery = defineQuery("/posts/:id/:slug", z.object({ page }));
/** The domain to post in. */
export const newPostQuery = defineQuery("/posts/new", z.object({ domain }));
export const authorQuery = defineQuery("/users/:username", z.object({ before: beforeNumber }));
export const dashboardQuery = defineQuery("/dashboard", z.object({ before: beforeId }));
export const activityQuery = defineQuery("/account/activity", z.object({ before: beforeId }));
export const domainQuery = defineQuery("/domains/:slug", z.object({ before: beforeNumber }));
export const membersQuery = defineQuery("/domains/:slug/people", z.object({ after: beforeId }));
export const managedDomainsQuery = defineQuery("/admin/domains", z.object({ after: afterSlug }));
export const managedMembersQuery = defineQuery("/admin/domains/:slug", z.object({ after: beforeId }));
/** The page of deliveries. */
export const webhookQuery = defineQuery("/admin/webhooks/:id", z.object({ before: beforeId }));
export const invitationsQuery = defineQuery("/admin/invitations", z.object({ before: beforeId }));
