import { requirePermission, requirePermissionSomewhere } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { auditLog } from "./audit-log.js";
import { domainOpening } from "./domain-settings.js";
import { domains } from "./domains.js";
import { invitations } from "./invitations.js";
import { overview } from "./overview.js";
import { usersBulk } from "./users/bulk-actions.js";
import { deletion } from "./users/deletion.js";
import { disable } from "./users/disable.js";
import { usersExport } from "./users/export.js";
import { impersonation } from "./users/impersonation.js";
import { usersList } from "./users/list.js";
import { roles } from "./users/roles.js";
import { person } from "./users/user.js";

const pages: Mount[] = [
  { at: "/admin", guard: requirePermission("users.read"), router: overview },
  { at: "/admin/users", guard: requirePermission("users.read"), router: usersList },
  { at: "/admin/users", guard: requirePermission("users.read"), router: usersBulk },
  { at: "/admin/users", guard: requirePermission("users.read"), router: person },
  { at: "/admin/users", guard: requirePermission("users.read"), router: disable },
  { at: "/admin/users", guard: requirePermission("users.read"), router: roles },
  { at: "/admin/users", guard: requirePermission("users.read"), router: deletion },
  { at: "/admin/users", guard: requirePermission("users.export"), router: usersExport },
  { at: "/admin/users", guard: requirePermission("users.impersonate"), router: impersonation },
  { at: "/admin/invitations", guard: requirePermissionSomewhere("invitations.manage"), router: invitations },
  { at: "/admin/domains", guard: requirePermissionSomewhere("domain.members"), router: domains },
  { at: "/admin/domains", guard: requirePermission("domains.manage"), router: domainOpening },
  { at: "/admin/audit-log", guard: requirePermission("audit.read"), router: auditLog },
];

/** What admins do in their own name alone. */
export const admin = pages.map((page): Mount => ({ ...page, impersonators: "nothing" }));
