import type { RequestHandler } from "express";
import helmet from "helmet";
import { config } from "../../config/index.js";
import { isMailedLink } from "../secret-urls.js";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      connectSrc: ["'self'"],
      fontSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      imgSrc: ["'self'"],
      manifestSrc: ["'self'"],
      objectSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      reportUri: ["/csp-reports"],
    },
  },
  referrerPolicy: { policy: "same-origin" }, // "no-referrer" would send "Origin: null" with our own forms
  strictTransportSecurity: config.https && { maxAge: 2 * YEAR_SECONDS, includeSubDomains: true, preload: true },
  xFrameOptions: { action: "deny" },
  // Only used by browsers that no longer exist.
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** helmet's headers. They are the same for every response, so they are computed once (ASVS V3.4). */
const constant = headersSetBy(protect);
constant["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()";

/** Sets security headers on every response, and forbids caching unless a handler allows it. */
export const securityHeaders: RequestHandler = (req, res, next) => {
  for (const name in constant) res.setHeader(name, constant[name] as string);
  if (isMailedLink(req.path)) res.setHeader("Referrer-Policy", "strict-origin"); // the path contains a secret
  res.setHeader("Cache-Control", "no-store");
  next();
};

function headersSetBy(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const set: Record<string, string> = {};
  const response = { setHeader: (name: string, value: string) => (set[name] = value), removeHeader: () => {} };
  middleware({} as never, response as never, (problem) => {
    if (problem) throw problem;
  });
  return set;
}
