import { getSitePart } from "./site-part.js";

/**
 * The proof that an address requires, in addition to permission (docs/decisions/0024-weight-of-proof.md):
 * - nothing: no proof; policies decide what the actor may see or do.
 * - link: the secret of a mailed link, in the address or the body.
 * - login: a logged-in user.
 * - password: a logged-in user, and the password in the form itself; for an account without a password, or
 *   with a second factor, also a recent login.
 * - recent: a login, or a confirmed password, within the last ten minutes, with all factors of the account.
 */
export type Weight = "nothing" | "link" | "login" | "password" | "recent";
/**
 * The value of a field decides: the `light` values need a login, if no fields but `only` are sent with it. Everything
 * else needs a recent login.
 */
type ByField = { field: string; light: readonly unknown[]; only?: readonly string[] };
export type Proof = Weight | ByField;
type Row = Partial<Record<"GET" | "POST" | "PATCH" | "DELETE", Proof>>;

const recentUnless = (field: string, ...light: unknown[]): ByField => ({ field, light });
const NOTHING = undefined;
/** Removing access, or only sending an email to the owner, needs no recent login. Restoring access does. */
const unlessEnabling = recentUnless("action", NOTHING, "disable", "end-sessions", "send-reset", "send-confirmation");
const unlessMember = recentUnless("role", "user");
const unlessDisabling = { ...recentUnless("disabled", true), only: ["disabled", "reason"] };

/** Every address with its methods. If one is missing, the application does not start. HEAD requires the same as GET. */
export const proofs: Record<string, Row> = {
  "/healthz": { GET: "nothing" },
  "/healthz/:question": { GET: "nothing" },
  "/readyz": { GET: "nothing" },
  "/robots.txt": { GET: "nothing" },
  "/.well-known/security.txt": { GET: "nothing" },
  "/.well-known/change-password": { GET: "nothing" },
  "/.well-known/passkey-endpoints": { GET: "nothing" },
  "/favicon.ico": { GET: "nothing" },
  "/csp-reports": { POST: "nothing" },
  "/apidocs": { GET: "nothing" },
  "/openapi.json": { GET: "nothing" },
  "/problems": { GET: "nothing" },
  "/problems/:name": { GET: "nothing" },
  "/.well-known/jwks.json": { GET: "nothing" },
  "/pictures/:name": { GET: "nothing" },
  "/users/:username/avatar": { GET: "nothing" },
  "/": { GET: "nothing" },
  "/posts": { GET: "nothing", POST: "login" },
  "/posts/:id": { GET: "nothing", POST: "login" },
  "/posts/:id/:slug": { GET: "nothing" },
  "/users/:username": { GET: "nothing" },
  "/dev/mailbox": { GET: "nothing" },
  "/dev/mailbox.json": { GET: "nothing" },
  "/dev/mailbox/:id": { GET: "nothing" },
  "/dev/mailbox/:id/html": { GET: "nothing" },
  "/posts/new": { GET: "login" },
  "/posts/:id/edit": { GET: "login" },
  "/posts/:id/delete": { POST: "login" },
  "/posts/:id/comments": { POST: "login" },
  "/posts/:id/comments/new": { GET: "login" },
  "/comments/:id": { GET: "nothing", POST: "login" },
  "/comments/:id/edit": { GET: "login" },
  "/comments/:id/delete": { POST: "login" },
  "/comments/:id/hide": { POST: "login" },
  "/comments/:id/unhide": { POST: "login" },
  "/register/passkey": { POST: "nothing" },
  "/register": { GET: "nothing", POST: "nothing" },
  "/login": { GET: "nothing", POST: "nothing" },
  "/login/second-factor": { GET: "nothing", POST: "nothing" },
  "/login/recovery": { GET: "nothing", POST: "nothing" },
  "/login/lost-factor": { GET: "nothing", POST: "nothing" },
  "/login/lost-factor/finish": { POST: "nothing" },
  "/passkeys/options": { POST: "nothing" },
  "/passkeys/login": { POST: "nothing" },
  "/password-strength": { POST: "nothing" },
  "/email-confirmation": { GET: "nothing", POST: "nothing" },
  "/password-reset": { GET: "nothing", POST: "nothing" },
  "/setup/:token": { GET: "link", POST: "link" },
  "/invitations/:token": { GET: "link", POST: "link" },
  "/email-confirmation/:token": { GET: "link", POST: "link" },
  "/password-reset/:token": { GET: "link", POST: "link" },
  "/email-change/:token": { GET: "link", POST: "link" },
  "/recovery-email/:token": { GET: "link", POST: "link" },
  "/email-undo/:token": { GET: "link", POST: "link" },
  "/unsubscribe/:token": { GET: "link", POST: "link" },
  "/not-me/:token": { GET: "link", POST: "link" },
  "/factor-recovery/:token": { GET: "link", POST: "link" },
  "/factor-recovery-cancel/:token": { GET: "link", POST: "link" },
  "/logout": { POST: "login" },
  "/session": { GET: "nothing" },
  "/reauthenticate": { GET: "login", POST: "login" }, // is the proof itself
  "/impersonation/end": { POST: "login" },
  "/dashboard": { GET: "login" },
  "/account/profile": { GET: "login", POST: "login" },
  "/account/avatar": { GET: "login", POST: "login" },
  "/account/avatar/delete": { POST: "login" },
  "/account/activity": { GET: "login" },
  "/account/email": { GET: "login", POST: "password" },
  "/account/email/cancel": { POST: "login" },
  "/account/addresses": { GET: "login", POST: "password" },
  "/account/addresses/resend": { POST: "login" },
  "/account/addresses/cancel": { POST: "login" },
  "/account/addresses/remove": { POST: "recent" },
  "/account/notifications": { GET: "login", POST: "login" },
  "/account/password": { GET: "password", POST: "password" },
  "/account/password/remove": { POST: "recent" },
  "/account/factor-recovery/cancel": { POST: "login" },
  "/account/factors": { GET: "login" },
  "/account/factors/authenticator": { GET: "recent", POST: "recent" },
  "/account/factors/authenticator/remove": { POST: "recent" },
  "/account/factors/recovery-codes": { GET: "recent", POST: "recent" },
  "/account/passkeys": { GET: "login", POST: "recent" },
  "/account/passkeys/:id/rename": { POST: "recent" },
  "/account/passkeys/:id/remove": { POST: "recent" },
  "/account/deletion": { GET: "login", POST: "password" },
  "/account/deletion/cancel": { POST: "login" },
  "/account/sessions": { GET: "login" },
  "/account/sessions/end-others": { POST: "login" },
  "/account/sessions/:handle/end": { POST: "login" },
  "/account/sessions/:handle/distrust": { POST: "login" },
  "/account/sessions/:handle/name": { GET: "login", POST: "login" },
  "/account/api-tokens": { GET: "login", POST: "recent" },
  "/account/api-tokens/:id/revoke": { POST: "login" },
  "/account/export": { GET: "login", POST: "recent" },
  "/account/export/:id/data.json": { GET: "recent" },
  "/account/export/:id/data.zip": { GET: "recent" },
  "/domains": { GET: "login" },
  "/domains/:slug": { GET: "login" },
  "/domains/:slug/people": { GET: "login" },
  "/domains/:slug/leave": { GET: "login", POST: "login" },
  "/admin": { GET: "login" },
  "/admin/audit-log": { GET: "login" },
  "/admin/domains": { GET: "login", POST: "login" },
  "/admin/domains/:slug": { GET: "recent", POST: unlessMember },
  "/admin/domains/:slug/members/:id/remove": { POST: "login" },
  "/admin/domains/:slug/edit": { GET: "login", POST: "login" },
  "/admin/domains/:slug/delete": { GET: "recent", POST: "recent" },
  "/admin/health": { GET: "login" },
  "/admin/invitations": { GET: "recent", POST: unlessMember },
  "/admin/invitations/:id/resend": { POST: "recent" },
  "/admin/invitations/:id/revoke": { POST: "login" },
  "/admin/webhooks": { GET: "recent", POST: "recent" },
  "/admin/webhooks/:id": { GET: "login" },
  "/admin/webhooks/:id/edit": { GET: "recent", POST: "recent" },
  "/admin/webhooks/:id/delete": { GET: "recent", POST: "recent" },
  "/admin/webhooks/:id/rotate": { POST: "recent" },
  "/admin/webhooks/:id/pause": { POST: "login" },
  "/admin/webhooks/:id/resume": { POST: "recent" },
  "/admin/webhooks/:id/test": { POST: "login" },
  "/admin/webhooks/:id/deliveries/:delivery/resend": { POST: "login" },
  "/admin/users": { GET: "login" },
  "/admin/users/bulk": { GET: unlessEnabling, POST: unlessEnabling },
  "/admin/users/export.csv": { GET: "recent" },
  "/admin/users/:id": { GET: "login" },
  "/admin/users/:id/disable": { GET: "login", POST: "login" },
  "/admin/users/:id/enable": { POST: "recent" },
  "/admin/users/:id/end-sessions": { POST: "login" },
  "/admin/users/:id/confirm-recovery": { POST: "recent" },
  "/admin/users/:id/send-reset": { POST: "login" },
  "/admin/users/:id/send-confirmation": { POST: "login" },
  "/admin/users/:id/api-tokens/:token/revoke": { POST: "login" },
  "/admin/users/:id/impersonate": { GET: "recent", POST: "recent" },
  "/admin/users/:id/profile": { GET: "recent", POST: "recent" },
  "/admin/users/:id/roles": { GET: "recent", POST: "recent" },
  "/admin/users/:id/delete": { GET: "recent", POST: "recent" },
  "/api/v1/auth/register": { POST: "nothing" },
  "/api/v1/auth/login": { POST: "nothing" },
  "/api/v1/auth/refresh": { POST: "nothing" },
  "/api/v1/auth/send-confirmation": { POST: "nothing" },
  "/api/v1/auth/logout": { POST: "login" },
  "/api/v1/auth/confirm": { POST: "link" },
  "/api/v1/auth/password-reset": { POST: "nothing" },
  "/api/v1/auth/password-reset/confirm": { POST: "link" },
  "/api/v1/users/me/password": { POST: "password" },
  "/api/v1/users/me/reauthentication": { POST: "login" },
  "/api/v1/users/me/factors": { GET: "login", DELETE: "recent" },
  "/api/v1/users/me/factors/authenticator": { DELETE: "recent" },
  "/api/v1/users/me/email": { GET: "login", POST: "password", DELETE: "login" },
  "/api/v1/users/me/recovery-email": { GET: "login", POST: "password", DELETE: "recent" },
  "/api/v1/users/me/avatar": { GET: "login", POST: "login", DELETE: "login" },
  "/api/v1/users/me/sessions": { GET: "login", DELETE: "login" },
  "/api/v1/users/me/sessions/:handle": { PATCH: "login", DELETE: "login" },
  "/api/v1/users/me/notifications": { GET: "login", PATCH: "login" },
  "/api/v1/users/me/activity": { GET: "login" },
  "/api/v1/users/me/export": { GET: "login", POST: "recent" },
  "/api/v1/users/me/export/:id/data.json": { GET: "recent" },
  "/api/v1/users/me/export/:id/data.zip": { GET: "recent" },
  "/api/v1/users/me/deletion": { GET: "login", POST: "password", DELETE: "login" },
  "/api/v1/users/me": { GET: "login", PATCH: "login", DELETE: "password" },
  "/api/v1/users": { GET: "login", POST: "recent" },
  "/api/v1/users/:id": { GET: "login", PATCH: unlessDisabling, DELETE: "recent" },
  "/api/v1/users/:id/roles": { GET: "login", POST: "recent", DELETE: "recent" },
  "/api/v1/users/:id/roles/:role": { DELETE: "recent" },
  "/api/v1/users/:id/tokens": { GET: "login" },
  "/api/v1/tokens": { GET: "login", POST: "recent" },
  "/api/v1/tokens/current": { GET: "login" },
  "/api/v1/tokens/:id": { DELETE: "login" },
  "/api/v1/posts": { GET: "nothing", POST: "login" },
  "/api/v1/posts/:id/comments": { GET: "nothing", POST: "login" },
  "/api/v1/comments/:id": { GET: "nothing", PATCH: "login", DELETE: "login" },
  "/api/v1/posts/:id": { GET: "nothing", PATCH: "login", DELETE: "login" },
  "/api/v1/domains": { GET: "login", POST: "login" },
  "/api/v1/domains/:slug": { GET: "login", PATCH: "login", DELETE: "recent" },
  "/api/v1/domains/:slug/members": { GET: "login", POST: unlessMember },
  "/api/v1/domains/:slug/members/me": { DELETE: "login" },
  "/api/v1/domains/:slug/members/:id": { PATCH: unlessMember, DELETE: "login" },
  "/api/v1/invitations": { GET: "login", POST: unlessMember },
  "/api/v1/invitations/lookup": { POST: "link" },
  "/api/v1/invitations/accept": { POST: "link" },
  "/api/v1/invitations/:id": { GET: "login", DELETE: "login" },
  "/api/v1/invitations/:id/resend": { POST: "recent" },
  "/api/v1/audit-events": { GET: "login" },
};
const siteRows: Record<string, Row> = getSitePart("proofs");
Object.assign(proofs, siteRows);

/**
 * What users can do before they have replaced a password that an admin chose: replace it, log out, and open the links in
 * emails that prove an address, reset the password or stop an intruder (docs/decisions/0042-password-by-an-admin.md).
 */
const openBeforePasswordChange = new Set([
  "GET /account/password",
  "POST /account/password",
  "POST /password-strength",
  "POST /logout",
  "GET /session",
  "GET /password-reset",
  "POST /password-reset",
  "GET /password-reset/:token",
  "POST /password-reset/:token",
  "GET /email-confirmation",
  "POST /email-confirmation",
  "GET /email-confirmation/:token",
  "POST /email-confirmation/:token",
  "GET /email-undo/:token",
  "POST /email-undo/:token",
  "GET /not-me/:token",
  "POST /not-me/:token",
  "GET /factor-recovery-cancel/:token",
  "POST /factor-recovery-cancel/:token",
  "POST /account/factor-recovery/cancel",
  "POST /api/v1/users/me/password",
  "POST /api/v1/auth/logout",
  "GET /api/v1/tokens/current",
  "DELETE /api/v1/tokens/:id",
]);

/** Returns true if users can open this address before they have replaced a password that an admin chose. */
export const isOpenBeforePasswordChange = (method: string, path: string): boolean =>
  openBeforePasswordChange.has(`${method} ${path}`);

/**
 * What users can do before they have added a second factor that they must have (SECOND_FACTOR): add it, and what they
 * can do before they have replaced a password.
 */
const openBeforeFactor = new Set([
  ...openBeforePasswordChange,
  "GET /reauthenticate",
  "POST /reauthenticate",
  "GET /account/factors",
  "GET /account/factors/authenticator",
  "POST /account/factors/authenticator",
  "GET /account/passkeys",
  "POST /account/passkeys",
  "POST /passkeys/options",
  "POST /passkeys/login",
  "GET /account/factors/recovery-codes",
  "POST /account/factors/recovery-codes",
  "POST /api/v1/users/me/reauthentication",
]);

/** Returns true if users can open this address before they have added a second factor that they must have. */
export const isOpenBeforeFactor = (method: string, path: string): boolean => openBeforeFactor.has(`${method} ${path}`);

/** Returns the proof that an address requires. @throws Error if the address is not in the table */
export function getProof(method: string, path: string): Proof {
  const proof = proofs[path]?.[method as keyof Row];
  if (!proof)
    throw new Error(`${method} ${path} has no row in src/definitions/proofs.ts: add the proof that it requires`);
  return proof;
}

type Asked = { hasPassword: boolean; hasSecondFactor: boolean; mustChangePassword: boolean };

/**
 * Returns true if a proof of this weight needs a recent login of this user. Where the password is asked for, that is so for
 * an account without one, and for one with a second factor: a stolen password and an open session must not be enough to
 * change the address to which a lost factor's link is sent. A password that must be replaced was entered just before.
 */
export const isRecentNeeded = (weight: Weight, user: Asked | undefined): boolean =>
  weight === "recent" ||
  (weight === "password" &&
    user !== undefined &&
    (!user.hasPassword || (user.hasSecondFactor && !user.mustChangePassword)));

/**
 * Returns the proof for a request with these fields. An unexpected value in the deciding field needs the strongest
 * proof.
 */
export function getWeight(proof: Proof, fields: unknown): Weight {
  if (typeof proof === "string") return proof;
  const sent = (fields ?? {}) as Record<string, unknown>;
  const hasOthers = proof.only && Object.keys(sent).some((name) => !proof.only?.includes(name));
  return proof.light.includes(sent[proof.field]) && !hasOthers ? "login" : "recent";
}
