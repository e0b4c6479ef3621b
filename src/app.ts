import express, { type Express } from "express";
import { config, root } from "./config.js";
import { nameSite } from "./lib/password-rules.js";
import { reserveSiteNames } from "./lib/site-names.js";
import { loadViews } from "./lib/views.js";
import { machines, pages } from "./routes/index.js";
import { noteAct } from "./services/impersonation.js";
import { resume } from "./services/remembering.js";
import { noted } from "./web/acting.js";
import { knownMethods, mount } from "./web/addresses.js";
import { cors } from "./web/api/cors.js";
import { assets } from "./web/assets.js";
import { forms, formsOnly } from "./web/bodies.js";
import { compression } from "./web/compression.js";
import { csrfToken, sameOrigin, whenUnsafe } from "./web/csrf.js";
import { errors, noPages, notFound } from "./web/errors.js";
import { securityHeaders } from "./web/headers.js";
import { inOrder } from "./web/in-order.js";
import { locals } from "./web/locals.js";
import { remembered } from "./web/remember.js";
import { renewedWithRights } from "./web/renewal.js";
import { requestDeadline } from "./web/request-deadline.js";
import { requests } from "./web/requests.js";
import { sessions } from "./web/session.js";
import { uploadsOr } from "./web/uploads.js";

/** The application: what happens to a request, in order. Needs a database connection. */
export function createApp(): Express {
  const app = express();
  nameSite([config.appName, config.baseUrl.hostname]);
  reserveSiteNames([config.appName]);
  const files = assets(`${root}public`, { reload: !config.production });
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
      sessions(),
      remembered(resume),
      renewedWithRights,
      whenUnsafe(inOrder(sameOrigin, uploadsOr(inOrder(formsOnly, forms)), csrfToken, noted(noteAct))),
      mount(pages),
      notFound,
    ),
  );
  app.use(errors);
  return app;
}
