/**
 * The address of a form and the pages that can show the form. `:name` in a page is replaced by that part of the
 * address.
 */
type Entry = [address: string, ...pages: string[]];

/**
 * The pages of forms whose page is not at the form's own address. The first page that can show the form is used. For
 * example, a deleted post can no longer be edited, so the input appears in the form for a new post.
 */
const entries: Entry[] = [
  ["/posts", "/posts/new"],
  ["/posts/:id", "/posts/:id/edit", "/posts/new"],
  ["/posts/:id/delete", "/posts/:id/edit"],
  ["/posts/:id/comments", "/posts/:id/comments/new"],
  ["/comments/:id", "/comments/:id/edit"],
  ["/comments/:id/delete", "/comments/:id/edit"],
  ["/comments/:id/hide", "/comments/:id"],
  ["/comments/:id/unhide", "/comments/:id"],
  ["/account/addresses/resend", "/account/addresses"],
  ["/account/addresses/cancel", "/account/addresses"],
  ["/account/addresses/remove", "/account/addresses"],
  ["/account/api-tokens/:id/revoke", "/account/api-tokens"],
  ["/account/avatar/delete", "/account/avatar"],
  ["/account/deletion/cancel", "/account/deletion"],
  ["/account/email/cancel", "/account/email"],
  ["/account/factors/authenticator/remove", "/account/factors"],
  ["/account/password/remove", "/account/password"],
  ["/account/passkeys/:id/rename", "/account/passkeys"],
  ["/account/passkeys/:id/remove", "/account/passkeys"],
  ["/passkeys/login", "/login"],
  ["/register/passkey", "/register"],
  ["/account/sessions/end-others", "/account/sessions"],
  ["/account/sessions/:handle/end", "/account/sessions"],
  ["/account/sessions/:handle/distrust", "/account/sessions"],
  ["/admin/domains/:slug/members/:id/remove", "/admin/domains/:slug"],
  ["/admin/invitations/:id/resend", "/admin/invitations"],
  ["/admin/invitations/:id/revoke", "/admin/invitations"],
  ["/admin/webhooks/:id/rotate", "/admin/webhooks/:id"],
  ["/admin/webhooks/:id/pause", "/admin/webhooks/:id"],
  ["/admin/webhooks/:id/resume", "/admin/webhooks/:id"],
  ["/admin/webhooks/:id/test", "/admin/webhooks/:id"],
  ["/admin/webhooks/:id/deliveries/:delivery/resend", "/admin/webhooks/:id"],
  ["/login/lost-factor/finish", "/login/lost-factor"],
  ["/admin/users/:id/confirm-recovery", "/admin/users/:id"],
  ["/admin/users/:id/enable", "/admin/users/:id"],
  ["/admin/users/:id/end-sessions", "/admin/users/:id"],
  ["/admin/users/:id/send-reset", "/admin/users/:id"],
  ["/admin/users/:id/send-confirmation", "/admin/users/:id"],
  ["/admin/users/:id/api-tokens/:token/revoke", "/admin/users/:id"],
];

/** Forms without a page of their own: buttons on every page, and requests from scripts. */
export const withoutPage = [
  "/logout",
  "/impersonation/end",
  "/password-strength",
  "/account/factor-recovery/cancel",
  "/passkeys/options",
];

/** Pages whose address must contain the fields of a previous selection. */
const chosenBefore: Record<string, string[]> = { "/admin/users/bulk": ["ids", "action", "list"] };

const compiled = entries.map(([address, ...pages]) => ({
  match: new RegExp(`^${address.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
  pages,
}));

type Fields = Record<string, string | string[]>;

/** Lists the pages that can show the form of this address with these fields, the best one first. */
export function findFormPages(address: string, fields: Fields): string[] {
  if (withoutPage.includes(address)) return [];
  const names = chosenBefore[address];
  if (names) return [`${address}?${new URLSearchParams(names.flatMap((name) => pairs(name, fields[name])))}`];
  for (const { match, pages } of compiled) {
    const found = match.exec(address);
    if (found) return pages.map((page) => page.replace(/:(\w+)/g, (_, name) => found.groups?.[name] ?? ""));
  }
  return [address];
}

const pairs = (name: string, value: string | string[] = []) =>
  [value].flat().map((one): [string, string] => [name, one]);
