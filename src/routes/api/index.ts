import { siteApi } from "../../site/routes.js";
import { allowAll } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { apiAuditEvents } from "./audit-events.js";
import { apiAuth } from "./auth.js";
import { apiComments } from "./comments.js";
import { apiDomainMembers } from "./domain-members.js";
import { apiDomains } from "./domains.js";
import { apiInvitationAcceptance } from "./invitation-acceptance.js";
import { apiInvitations } from "./invitations.js";
import { apiOwnAccount } from "./me/index.js";
import { apiMe } from "./me.js";
import { openApiDocument } from "./openapi.js";
import { apiPosts } from "./posts.js";
import { apiTokens } from "./tokens.js";
import { apiUserRoles } from "./user-roles.js";
import { apiUsers } from "./users.js";

const calls = [
  apiAuth,
  apiMe,
  ...apiOwnAccount,
  apiUsers,
  apiUserRoles,
  apiPosts,
  apiComments,
  apiTokens,
  apiDomains,
  apiDomainMembers,
  apiInvitations,
  apiInvitationAcceptance,
  apiAuditEvents,
  ...siteApi,
];

/** The JSON API. Each call declares who may make it (endpoint.ts). */
export const api: Mount[] = [
  { at: "/", guard: allowAll, router: openApiDocument },
  ...calls.map((router) => ({ at: "/api/v1", guard: allowAll, router })),
];
