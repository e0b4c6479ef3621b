import { config } from "../../config/index.js";
import { type ProfileField, privateFieldNames, profileFieldNames } from "../../definitions/profile-fields.js";
import type { Account } from "../../models/user/account.js";

const { origin } = config.baseUrl;

const iso = (date: Date | null | undefined) => date?.toISOString() ?? null;

/**
 * An account as its person and those who look after it read it.
 * @param domains the words of the domains in which it has roles, by their ids
 */
export function toUserJson(account: Account, domains: Map<string, string>) {
  const { _id, username, email, bio = "", shown = [], picture, roles = [], profile } = account;
  const told = Object.fromEntries(profileFieldNames.map((field) => [field, profile?.[field] ?? ""]));
  return {
    id: String(_id),
    username,
    email: email || null,
    emailConfirmedAt: iso(account.emailConfirmedAt),
    bio,
    ...(told as Record<ProfileField, string>),
    shown,
    picture: picture ? `${origin}/users/${username}/avatar` : null,
    roles: toGrantsJson({ roles }, domains),
    createdAt: account.createdAt.toISOString(),
    lastLoginAt: iso(account.lastLoginAt),
    disabledAt: iso(account.disabledAt),
    deletionDueAt: iso(account.deletion?.dueAt),
  };
}

/** The same for those who look after it: without the fields that are its person's alone. */
export function toManagedUserJson(account: Account, domains: Map<string, string>) {
  const hidden: string[] = ["shown", ...privateFieldNames];
  return Object.fromEntries(Object.entries(toUserJson(account, domains)).filter(([name]) => !hidden.includes(name)));
}

/** The roles of somebody; of domains that are closed there are none. */
export const toGrantsJson = ({ roles = [] }: Pick<Account, "roles">, domains: Map<string, string>) =>
  [...roles].flatMap(({ role, domain }) => {
    const slug = domain ? domains.get(String(domain)) : null;
    return slug === undefined ? [] : [{ role, domain: slug }];
  });
