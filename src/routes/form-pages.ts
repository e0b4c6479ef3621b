/** An address that takes a form, and the pages that can show that form. `:name` in a page is that part of the address. */
type Entry = [address: string, ...pages: string[]];

/**
 * Where a form is drawn, if not at its own address. The first page that still shows the form is taken: a post that was
 * deleted meanwhile has no page, so what was typed is shown as a new post.
 */
const entries: Entry[] = [
  ["/posts", "/posts/new"],
  ["/posts/:id", "/posts/:id/edit", "/posts/new"],
  ["/posts/:id/delete", "/posts/:id/edit"],
  ["/account/api-tokens/:id/revoke", "/account/api-tokens"],
  ["/account/avatar/delete", "/account/avatar"],
  ["/account/deletion/cancel", "/account/deletion"],
  ["/account/email/cancel", "/account/email"],
  ["/account/sessions/end-others", "/account/sessions"],
  ["/account/sessions/:handle/end", "/account/sessions"],
  ["/admin/domains/:slug/members/:id/remove", "/admin/domains/:slug"],
  ["/admin/invitations/:id/resend", "/admin/invitations"],
  ["/admin/invitations/:id/revoke", "/admin/invitations"],
  ["/admin/users/:id/enable", "/admin/users/:id"],
  ["/admin/users/:id/end-sessions", "/admin/users/:id"],
  ["/admin/users/:id/send-reset", "/admin/users/:id"],
  ["/admin/users/:id/send-confirmation", "/admin/users/:id"],
  ["/admin/users/:id/api-tokens/:token/revoke", "/admin/users/:id"],
];

/** Forms without a page: buttons that are on every page, and what scripts send. */
export const withoutPage = ["/logout", "/impersonation/end", "/password-strength"];

/** These draw the form for what was chosen before: its page needs the fields in its address. */
const chosenBefore: Record<string, string[]> = { "/admin/users/bulk": ["ids", "action", "list"] };

const compiled = entries.map(([address, ...pages]) => ({
  match: new RegExp(`^${address.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
  pages,
}));

type Fields = Record<string, string | string[]>;

/** The pages that can show the form that this address takes, with these fields; the best one first. */
export function findFormPages(address: string, fields: Fields): string[] {
  if (withoutPage.includes(address)) return [];
  const names = chosenBefore[address];
  if (names) return [`${address}?${new URLSearchParams(names.flatMap((name) => pairs(name, fields[name])))}`];
  for (const { match, pages } of compiled) {
    const parts = match.exec(address)?.groups;
    if (match.test(address)) return pages.map((page) => page.replace(/:(\w+)/g, (_, name) => parts?.[name] ?? ""));
  }
  return [address];
}

const pairs = (name: string, value: string | string[] = []) =>
  [value].flat().map((one): [string, string] => [name, one]);
