import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { formatFullName, pickFieldsForAdmins } from "../../definitions/profile-fields.js";
import { type Role, siteRoles, toRoleChoice } from "../../definitions/roles.js";
import { listUserStates, stateWords } from "../../definitions/user-labels.js";
import { findFactorRecovery, type User } from "../../models/user.js";
import { mayActOn, mayConfirmFactorRecovery, mayGive, mayImpersonate } from "../../policies/users.js";
import { presentFactorsForAdmins } from "./factors.js";
import { presentProfileForAdmins } from "./profile.js";

const globalRoles = (user: User) => [...user.roles].filter(({ domain }) => !domain).map(({ role }) => role as Role);

/** Presents a user to admins, with what this admin may do. */
export const presentManagedUser = (actor: Actor, user: User) => {
  const may = (permission: Parameters<typeof mayActOn>[1]) => mayActOn(actor, permission, user);
  const { id, username, email, bio, createdAt, disabledAt, lastLoginAt } = user;
  return {
    ...{ id, username, email, bio, createdAt, disabledAt, lastLoginAt },
    picture: user.picture ?? null,
    name: formatFullName(pickFieldsForAdmins(user.profile ?? {})),
    facts: presentProfileForAdmins(user.profile ?? {}),
    isConfirmed: Boolean(user.emailConfirmedAt),
    recoveryEmail: user.recoveryEmail?.address ?? null,
    mustChangePassword: Boolean(user.passwordChangeRequiredAt),
    factorRecovery: findFactorRecovery(user),
    factors: presentFactorsForAdmins(user),
    deletionDueAt: user.deletion?.dueAt ?? null,
    states: listUserStates(user).map((state) => ({ state, text: stateWords[state] })),
    roles: globalRoles(user),
    isSelf: actor.user?.id === id,
    may: {
      disable: may("users.disable"),
      edit: may("users.edit"),
      help: may("users.help"),
      confirmRecovery: mayConfirmFactorRecovery(actor, user),
      roles: may("users.roles"),
      delete: may("users.delete"),
      impersonate: mayImpersonate(actor, user) && isAccount(user),
    },
  };
};
/** Returns true if users can log in to the account. They cannot log in to a pending registration. */
const isAccount = ({ emailConfirmedAt }: User) => Boolean(emailConfirmedAt) || config.emailConfirmation === "optional";

/** Presents the roles as checkboxes. Roles that the actor may not grant cannot be changed. */
export const presentRoleChoices = (actor: Actor, user: User) =>
  siteRoles.map((value) => ({
    ...toRoleChoice(value),
    isFixed: !mayGive(actor, value),
    isHeld: globalRoles(user).includes(value),
  }));
