import { config } from "../config/index.js";
import {
  anyone,
  inOwnName,
  requireConfirmed,
  requirePermission,
  requirePermissionSomewhere,
  requireSignIn,
  requireUser,
  requireVisitor,
} from "../web/guards.js";
import type { Mount } from "../web/mount.js";
import { withProof } from "../web/session/proof.js";
import { activity } from "./account/activity.js";
import { apiTokenMaking, apiTokens } from "./account/api-tokens.js";
import { avatar } from "./account/avatar.js";
import { deletion } from "./account/deletion.js";
import { email as accountEmail } from "./account/email.js";
import { dataExport, dataFetching } from "./account/export.js";
import { password } from "./account/password.js";
import { profile } from "./account/profile.js";
import { sessions } from "./account/sessions.js";
import { auditLog } from "./admin/audit-log.js";
import { domainOpening } from "./admin/domain-settings.js";
import { domains as adminDomains } from "./admin/domains.js";
import { invitations as invitationsSent } from "./admin/invitations.js";
import { overview } from "./admin/overview.js";
import { usersBulk } from "./admin/users/bulk-actions.js";
import { usersExport } from "./admin/users/export.js";
import { impersonation } from "./admin/users/impersonation.js";
import { usersList } from "./admin/users/list.js";
import { personChanges } from "./admin/users/roles-and-deletion.js";
import { person } from "./admin/users/user.js";
import { auth } from "./api/auth.js";
import { me } from "./api/me.js";
import { document } from "./api/openapi.js";
import { posts as apiPosts } from "./api/posts.js";
import { tokens } from "./api/tokens.js";
import { userRoles } from "./api/user-roles.js";
import { users as apiUsers } from "./api/users.js";
import { emailChange } from "./auth/email-change.js";
import { emailConfirmation } from "./auth/email-confirmation.js";
import { emailConfirmationLink } from "./auth/email-confirmation-link.js";
import { emailUndo } from "./auth/email-undo.js";
import { impersonationEnd } from "./auth/impersonation.js";
import { invitations } from "./auth/invitations.js";
import { login } from "./auth/login.js";
import { logout } from "./auth/logout.js";
import { notMe } from "./auth/not-me.js";
import { passwordReset } from "./auth/password-reset.js";
import { passwordStrength } from "./auth/password-strength.js";
import { reauthenticate } from "./auth/reauthenticate.js";
import { register } from "./auth/register.js";
import { setup } from "./auth/setup.js";
import { avatars, pictures } from "./avatars.js";
import { dashboard } from "./dashboard.js";
import { domains } from "./domains.js";
import { home } from "./home.js";
import { posts, writing } from "./posts.js";
import { apiDocs } from "./system/api-docs.js";
import { cspReports } from "./system/csp-reports.js";
import { mailbox } from "./system/dev-mailbox.js";
import { health } from "./system/health.js";
import { wellKnown } from "./system/well-known.js";
import { users } from "./users.js";

/** For machines: no session, no forms. */
export const machines: Mount[] = [
  { at: "/", door: anyone, router: health },
  { at: "/", door: anyone, router: wellKnown },
  { at: "/csp-reports", door: anyone, router: cspReports },
  { at: "/pictures", door: anyone, router: pictures },
  { at: "/users", door: anyone, router: avatars },
  { at: "/", door: anyone, router: document },
  ...[auth, me, apiUsers, userRoles, apiPosts, tokens].map((router) => ({ at: "/api/v1", door: anyone, router })), // each call has its own door
];

/**
 * For people: every address, and the guard before it; definitions/proofs.ts says how it is proved. The first mount that has the
 * address answers.
 */
const rooms: Mount[] = [
  { at: "/", door: anyone, router: home },
  { at: "/apidocs", door: anyone, router: apiDocs },
  { at: "/register", door: requireVisitor, router: register },
  { at: "/setup", door: anyone, router: setup },
  { at: "/invitations", door: anyone, router: invitations },
  { at: "/login", door: requireVisitor, router: login },
  { at: "/email-confirmation", door: anyone, router: emailConfirmation },
  { at: "/email-confirmation", door: anyone, router: emailConfirmationLink },
  { at: "/password-reset", door: anyone, router: passwordReset },
  { at: "/logout", door: requireSignIn, router: logout },
  { at: "/reauthenticate", door: requireUser, router: reauthenticate },
  { at: "/password-strength", door: anyone, router: passwordStrength },
  { at: "/dashboard", door: requireUser, router: dashboard },
  { at: "/email-change", door: anyone, router: emailChange },
  { at: "/email-undo", door: anyone, router: emailUndo },
  { at: "/not-me", door: anyone, router: notMe },
  { at: "/account/email", door: requireConfirmed, router: accountEmail },
  { at: "/account/profile", door: requireSignIn, router: profile },
  { at: "/account/avatar", door: requireUser, router: avatar },
  { at: "/account/activity", door: requireUser, router: activity },
  { at: "/account/sessions", door: requireUser, router: sessions },
  { at: "/account/api-tokens", door: requireUser, router: apiTokens },
  { at: "/account/api-tokens", door: requireUser, router: apiTokenMaking },
  { at: "/account/password", door: requireUser, router: password },
  { at: "/account/export", door: requireUser, router: dataExport },
  { at: "/account/export", door: requireUser, router: dataFetching },
  { at: "/account/deletion", door: requireUser, router: deletion },
  { at: "/admin/invitations", door: requirePermissionSomewhere("invitations.manage"), router: invitationsSent },
  { at: "/admin", door: requirePermission("users.read"), router: overview },
  { at: "/admin/domains", door: requirePermission("domains.manage"), router: domainOpening },
  { at: "/admin/domains", door: requirePermissionSomewhere("domain.members"), router: adminDomains },
  { at: "/domains", door: requireUser, router: domains },
  { at: "/admin/users", door: requirePermission("users.read"), router: usersList },
  { at: "/admin/users", door: requirePermission("users.read"), router: usersBulk },
  { at: "/admin/users", door: requirePermission("users.export"), router: usersExport },
  { at: "/admin/users", door: requirePermission("users.impersonate"), router: impersonation },
  { at: "/admin/audit-log", door: requirePermission("audit.read"), router: auditLog },
  { at: "/impersonation", door: requireSignIn, router: impersonationEnd },
  { at: "/admin/users", door: requirePermission("users.read"), router: person },
  { at: "/admin/users", door: requirePermission("users.read"), router: personChanges },
  { at: "/posts", door: requireUser, router: writing },
  { at: "/posts", door: anyone, router: posts },
  { at: "/users", door: anyone, router: users },
  ...(config.production ? [] : [{ at: "/dev", door: anyone, router: mailbox }]),
];

/** What only its owner may enter, not an admin who acts as them: accounts, links from mails, and what admins do themselves. */
const ownersAlone = [
  "/account",
  "/admin",
  "/email-change",
  "/email-confirmation",
  "/email-undo",
  "/invitations",
  "/not-me",
  "/password-reset",
  "/reauthenticate",
  "/setup",
];
/** Where such an admin may send anything at all: posts, and the end of it. */
const sendable = ["/posts", "/impersonation", "/logout", "/password-strength"];
export const pages = inOwnName(withProof(rooms), { closed: ownersAlone, sendable });
