import { config } from "../config/index.js";
import { anyone, requireUser } from "../web/guards.js";
import type { Mount } from "../web/mount.js";
import { account } from "./account/index.js";
import { admin } from "./admin/index.js";
import { api } from "./api/index.js";
import { auth } from "./auth/index.js";
import { avatars, pictures } from "./avatars.js";
import { dashboard } from "./dashboard.js";
import { domains } from "./domains.js";
import { home } from "./home.js";
import { posts } from "./posts.js";
import { apiDocs } from "./system/api-docs.js";
import { cspReports } from "./system/csp-reports.js";
import { mailbox } from "./system/dev-mailbox.js";
import { health } from "./system/health.js";
import { wellKnown } from "./system/well-known.js";
import { users } from "./users.js";

/** For machines: no session, no forms. */
export const machines: Mount[] = [
  { at: "/", guard: anyone, router: health },
  { at: "/", guard: anyone, router: wellKnown },
  { at: "/csp-reports", guard: anyone, router: cspReports },
  { at: "/pictures", guard: anyone, router: pictures },
  { at: "/users", guard: anyone, router: avatars },
  ...api,
];

/**
 * For people: every address, and who may enter; a stronger guard stands on the line of its route, and how it is proved in
 * definitions/proofs.ts. An admin who acts as another user reads, and sends only where it says so. The order does not matter.
 */
export const pages: Mount[] = [
  { at: "/", guard: anyone, router: home },
  { at: "/posts", guard: anyone, router: posts, impersonators: "send" },
  { at: "/users", guard: anyone, router: users },
  { at: "/domains", guard: requireUser, router: domains },
  { at: "/dashboard", guard: requireUser, router: dashboard },
  { at: "/apidocs", guard: anyone, router: apiDocs },
  ...auth,
  ...account,
  ...admin,
  ...(config.production ? [] : [{ at: "/dev", guard: anyone, router: mailbox }]),
];
