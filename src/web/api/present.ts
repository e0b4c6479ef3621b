import { config } from "../../config/index.js";
import { type ProfileField, privateFieldNames, profileFieldNames } from "../../definitions/profile-fields.js";
import type { Account } from "../../models/user/account.js";
import { presentFactorsForAdmins } from "../present/factors.js";

const { origin } = config.baseUrl;

const iso = (date: Date | null | undefined) => date?.toISOString() ?? null;

/**
 * Presents an account to its owner.
 * @param domains slugs of the domains in which the user has roles, by id
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
    updatedAt: (account.updatedAt ?? account.createdAt).toISOString(),
    lastLoginAt: iso(account.lastLoginAt),
    disabledAt: iso(account.disabledAt),
    deletionDueAt: iso(account.deletion?.dueAt),
  };
}

/** Presents an account to admins, without the fields that only the owner sees. */
export function toManagedUserJson(account: Account, domains: Map<string, string>) {
  const hidden: string[] = ["shown", ...privateFieldNames];
  const told = Object.entries(toUserJson(account, domains)).filter(([name]) => !hidden.includes(name));
  return { ...Object.fromEntries(told), mustChangePassword: Boolean(account.passwordChangeRequiredAt) };
}

/** Presents the second factors of an account to admins. */
export function toFactorsJson(account: Account) {
  const { authenticatorAddedAt, passkeysAddedAt } = presentFactorsForAdmins(account);
  return { authenticatorAddedAt: iso(authenticatorAddedAt), passkeysAddedAt: passkeysAddedAt.map(iso) };
}

/** Presents the roles of an account, except roles in closed domains. */
export const toGrantsJson = ({ roles = [] }: Pick<Account, "roles">, domains: Map<string, string>) =>
  [...roles].flatMap(({ role, domain }) => {
    const slug = domain ? domains.get(String(domain)) : null;
    return slug === undefined ? [] : [{ role, domain: slug }];
  });
