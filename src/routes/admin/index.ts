import { requirePermission, requirePermissionSomewhere } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { adminAuditLog } from "./audit-log.js";
import { adminDomainSettings } from "./domain-settings.js";
import { adminDomains } from "./domains.js";
import { adminHealth } from "./health.js";
import { adminInvitations } from "./invitations.js";
import { adminOverview } from "./overview.js";
import { adminUsersBulk } from "./users/bulk-actions.js";
import { adminUserDeletion } from "./users/deletion.js";
import { adminUserDisabling } from "./users/disable.js";
import { adminUsersExport } from "./users/export.js";
import { adminImpersonation } from "./users/impersonation.js";
import { adminUsers } from "./users/list.js";
import { adminUserProfile } from "./users/profile.js";
import { adminUserRoles } from "./users/roles.js";
import { adminUser } from "./users/user.js";
import { adminWebhooks } from "./webhooks.js";

const pages: Mount[] = [
  { at: "/admin", guard: requirePermission("users.read"), router: adminOverview },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUsers },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUsersBulk },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUser },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUserDisabling },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUserProfile },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUserRoles },
  { at: "/admin/users", guard: requirePermission("users.read"), router: adminUserDeletion },
  { at: "/admin/users", guard: requirePermission("users.export"), router: adminUsersExport },
  { at: "/admin/users", guard: requirePermission("users.impersonate"), router: adminImpersonation },
  { at: "/admin/invitations", guard: requirePermissionSomewhere("invitations.manage"), router: adminInvitations },
  { at: "/admin/domains", guard: requirePermissionSomewhere("domain.members"), router: adminDomains },
  { at: "/admin/domains", guard: requirePermission("domains.manage"), router: adminDomainSettings },
  { at: "/admin/webhooks", guard: requirePermission("webhooks.manage"), router: adminWebhooks },
  { at: "/admin/audit-log", guard: requirePermission("audit.read"), router: adminAuditLog },
  { at: "/admin/health", guard: requirePermission("health.read"), router: adminHealth },
];

/** Admin pages. They are closed during impersonation. */
export const admin = pages.map((page): Mount => ({ ...page, impersonators: "nothing" }));
