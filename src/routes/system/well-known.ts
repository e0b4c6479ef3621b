import { existsSync } from "node:fs";
import { Router } from "express";
import { config, root } from "../../config/index.js";

export const wellKnown = Router();

const YEAR_MS = 365 * 24 * 60 * 60_000;

wellKnown.get("/robots.txt", (_req, res) => {
  res
    .type("text/plain")
    .send(
      "User-agent: *\nDisallow: /account\nDisallow: /admin\nDisallow: /dashboard\nDisallow: /domains\nDisallow: /invitations\n",
    );
});

/** Contact for security reports (RFC 9116). */
wellKnown.get("/.well-known/security.txt", (_req, res) => {
  const expires = new Date(Date.now() + YEAR_MS).toISOString();
  res
    .type("text/plain")
    .send(`Contact: mailto:security@${config.baseUrl.hostname}\nExpires: ${expires}\nPreferred-Languages: en\n`);
});

/** Password managers send users here (W3C: A Well-Known URL for Changing Passwords). */
wellKnown.get("/.well-known/change-password", (_req, res) => {
  res.redirect(302, "/account/password");
});

/** Password managers offer these pages (W3C: A Well-Known URL for Relying Party Passkey Endpoints). */
wellKnown.get("/.well-known/passkey-endpoints", (_req, res) => {
  const page = `${config.baseUrl.origin}/account/passkeys`;
  res.json({ enroll: page, manage: page });
});

/** That of the site, if there is one (web/assets.ts). */
const favicon = ["public/site/images/favicon.ico", "public/images/favicon.ico"].find((file) => existsSync(root + file));

wellKnown.get("/favicon.ico", (_req, res) => {
  res.removeHeader("Cache-Control"); // it would override maxAge
  res.sendFile(favicon ?? "", { root, maxAge: "1d" });
});
