import express, { type Express } from "express";
import { config, root } from "./config/index.js";
import { nameSite } from "./lib/passwords/policy.js";
import { reserveSiteNames } from "./lib/text/site-names.js";
import { loadViews } from "./lib/view-engine.js";
import { pagesOf } from "./routes/form-pages.js";
import { machines, pages } from "./routes/index.js";
import { noteAct } from "./services/admin/impersonation.js";
import { resume } from "./services/session/remember-me.js";
import { cors } from "./web/api/cors.js";
import { assets } from "./web/assets.js";
import { inOrder } from "./web/compose.js";
import { csrfToken, sameOrigin, whenUnsafe } from "./web/csrf.js";
import { errors, noPages, notFound } from "./web/errors.js";
import { knownMethods, mount } from "./web/mount.js";
import { visits } from "./web/pages/internal-request.js";
import { locals } from "./web/pages/locals.js";
import { forms, formsOnly } from "./web/server/body-parsers.js";
import { compression } from "./web/server/compression.js";
import { requestDeadline } from "./web/server/request-deadline.js";
import { requests } from "./web/server/request-log.js";
import { securityHeaders } from "./web/server/security-headers.js";
import { noted } from "./web/session/impersonation.js";
import { guardOf } from "./web/session/proof.js";
import { remembered } from "./web/session/remember-me.js";
import { renewedWithRights } from "./web/session/rotate.js";
import { sessions } from "./web/session/session.js";
import { uploadsOr } from "./web/uploads.js";

/** The application: what happens to a request, in order. Needs a database connection. */
export function createApp(): Express {
  const app = express();
  nameSite([config.appName, config.baseUrl.hostname]);
  reserveSiteNames([config.appName]);
  const files = assets(`${root}public`, { reload: !config.production });
  const map = mount(pages, guardOf);
  const views = loadViews(`${root}views`, { reload: config.environment === "development" });
  app.set("trust proxy", config.trustProxy);
  app.set("etag", false);
  app.set("query parser", "simple");
  app.disable("x-powered-by");
  // BASE_URL says what the outside world speaks to us; no forwarded header can say otherwise.
  Object.defineProperty(app.request, "secure", { value: config.https });

  app.use(
    inOrder(
      requests,
      securityHeaders,
      compression,
      locals(files.url, views), // before all that can fail: the error page needs them
      requestDeadline(errors),
      files.serve,
      cors,
      knownMethods([...machines, ...pages]),
      mount(machines),
      noPages,
      visits(map, pagesOf),
      sessions(),
      remembered(resume),
      renewedWithRights,
      whenUnsafe(inOrder(sameOrigin, uploadsOr(inOrder(formsOnly, forms)), csrfToken, noted(noteAct))),
      map,
      notFound,
    ),
  );
  app.use(errors);
  return app;
}
