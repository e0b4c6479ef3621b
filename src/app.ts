import express, { type Express } from "express";
import { config, root } from "./config/index.js";
import { setMinPasswordLength } from "./lib/passwords/length.js";
import { setSiteWords } from "./lib/passwords/policy.js";
import { reserveSiteNames } from "./lib/text/site-names.js";
import { loadViews } from "./lib/view-engine.js";
import { findFormPages } from "./routes/form-pages.js";
import { machineRoutes, metricsRoutes, pageRoutes } from "./routes/index.js";
import { recordImpersonatedRequest } from "./services/admin/impersonation.js";
import { resumeSession } from "./services/session/remember-me.js";
import { cors } from "./web/api/cors.js";
import { createAssets } from "./web/assets.js";
import { compose } from "./web/compose.js";
import { onUnsafeMethods, requireCsrfToken, requireSameOrigin } from "./web/csrf.js";
import { apiNotFound, errors, notFound } from "./web/errors.js";
import { mount, rejectUnknownMethods } from "./web/mount.js";
import { internalRequests } from "./web/pages/internal-request.js";
import { locals } from "./web/pages/locals.js";
import { rejectPrograms } from "./web/pages/problem-json.js";
import { parseForms, rejectNonForms } from "./web/server/body-parsers.js";
import { compression } from "./web/server/compression.js";
import { requestDeadline } from "./web/server/request-deadline.js";
import { logRequests } from "./web/server/request-log.js";
import { measureRequests } from "./web/server/request-metrics.js";
import { securityHeaders } from "./web/server/security-headers.js";
import { auditImpersonation } from "./web/session/impersonation.js";
import { createGuard } from "./web/session/proof.js";
import { recheckSession } from "./web/session/recheck.js";
import { restoreRemembered } from "./web/session/remember-me.js";
import { rotateOnRoleChange } from "./web/session/rotate.js";
import { loadSessions } from "./web/session/session.js";
import { parseUploadsOr } from "./web/uploads.js";

/** Sets what the rules in lib depend on, because lib does not read the configuration. */
function configureRules(): void {
  setMinPasswordLength(config.passwordMin);
  setSiteWords([config.appName, config.baseUrl.hostname]);
  reserveSiteNames([config.appName]);
}

/** Reads the body of a form, and then makes sure that its user still has access. */
const receiveForms = compose(parseUploadsOr(compose(rejectNonForms, parseForms)), recheckSession);

/** Creates the application: all middleware and routes, in order. Needs an open database connection. */
export function createApp(): Express {
  const app = express();
  configureRules();
  const inDevelopment = config.environment === "development";
  const files = createAssets(`${root}public`, { reload: !config.production, join: !inDevelopment });
  const map = mount(pageRoutes, createGuard);
  const views = loadViews(`${root}views`, { reload: inDevelopment });
  app.set("trust proxy", config.trustProxy);
  app.set("etag", false);
  app.set("query parser", "simple");
  app.disable("x-powered-by");
  // BASE_URL decides which protocol is public; forwarded headers cannot change it.
  Object.defineProperty(app.request, "secure", { value: config.https });

  app.use(
    compose(
      logRequests,
      ...(config.metrics ? [measureRequests] : []),
      securityHeaders,
      compression,
      locals(files.forViews, views), // before anything that can fail, because the error page needs them
      requestDeadline(errors),
      files.serve,
      cors,
      rejectUnknownMethods([...machineRoutes, ...pageRoutes]),
      mount(machineRoutes),
      apiNotFound,
      rejectPrograms,
      internalRequests(map, findFormPages),
      loadSessions(),
      restoreRemembered(resumeSession),
      rotateOnRoleChange,
      onUnsafeMethods(
        compose(requireSameOrigin, receiveForms, requireCsrfToken, auditImpersonation(recordImpersonatedRequest)),
      ),
      map,
      notFound,
    ),
  );
  app.use(errors);
  return app;
}

/** Creates the application that listens on METRICS_PORT. It has one address. */
export function createMetricsApp(): Express {
  const app = express();
  app.set("etag", false);
  app.disable("x-powered-by");
  app.use(compose(compression, mount(metricsRoutes)));
  return app;
}
