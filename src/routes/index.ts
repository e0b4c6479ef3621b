import { config } from "../config/index.js";
import { siteMachineRoutes, sitePages } from "../site/routes.js";
import { allowAll, requireUser } from "../web/guards.js";
import type { Mount } from "../web/mount.js";
import { account } from "./account/index.js";
import { admin } from "./admin/index.js";
import { api } from "./api/index.js";
import { auth } from "./auth/index.js";
import { avatarFiles, avatars } from "./avatars.js";
import { comments, postCommentForms } from "./comments.js";
import { dashboard } from "./dashboard.js";
import { domains } from "./domains.js";
import { home } from "./home.js";
import { posts } from "./posts.js";
import { apiDocs } from "./system/api-docs.js";
import { cspReports } from "./system/csp-reports.js";
import { mailbox } from "./system/dev-mailbox.js";
import { health } from "./system/health.js";
import { metrics } from "./system/metrics.js";
import { problemPages } from "./system/problems.js";
import { oneClickUnsubscribe, unsubscribePage } from "./system/unsubscribe.js";
import { wellKnown } from "./system/well-known.js";
import { users } from "./users.js";

/** The route of METRICS_PORT. Without that port, it is on the app's port, if a token protects it. */
export const metricsRoutes: Mount[] = [{ at: "/", guard: allowAll, router: metrics }];

/** Routes for programs. They have no session and no forms. */
export const machineRoutes: Mount[] = [
  ...siteMachineRoutes,
  { at: "/", guard: allowAll, router: health },
  { at: "/", guard: allowAll, router: wellKnown },
  { at: "/csp-reports", guard: allowAll, router: cspReports },
  { at: "/pictures", guard: allowAll, router: avatarFiles },
  { at: "/users", guard: allowAll, router: avatars },
  { at: "/unsubscribe", guard: allowAll, router: oneClickUnsubscribe },
  ...(config.metrics && config.metrics.port === null ? metricsRoutes : []),
  ...api,
];

/**
 * All pages, with the guard of each mount. A stronger guard is declared with the route itself, and required proofs are
 * in definitions/proofs.ts. During impersonation, admins can read pages, but send forms only where the mount says so.
 * The order does not matter, except that an address of the site comes before the same address of the app.
 */
export const pageRoutes: Mount[] = [
  ...sitePages,
  { at: "/", guard: allowAll, router: home },
  { at: "/posts", guard: allowAll, router: posts, impersonators: "send" },
  { at: "/posts", guard: requireUser, router: postCommentForms, impersonators: "send" },
  { at: "/comments", guard: allowAll, router: comments, impersonators: "send" },
  { at: "/unsubscribe", guard: allowAll, router: unsubscribePage },
  { at: "/users", guard: allowAll, router: users },
  { at: "/domains", guard: requireUser, router: domains },
  { at: "/dashboard", guard: requireUser, router: dashboard },
  { at: "/apidocs", guard: allowAll, router: apiDocs },
  { at: "/problems", guard: allowAll, router: problemPages },
  ...auth,
  ...account,
  ...admin,
  ...(config.production ? [] : [{ at: "/dev", guard: allowAll, router: mailbox }]),
];
