import type { Actor } from "../../actor.js";
import { config } from "../../config/index.js";
import { fullName } from "../../definitions/profile-fields.js";
import { asChoice, type Role, siteRoles } from "../../definitions/roles.js";
import { statesOf, stateWords } from "../../definitions/user-labels.js";
import type { User } from "../../models/user.js";
import { mayActOn, mayGive, mayImpersonate } from "../../policies/users.js";
import { factsForAdmins } from "./profile.js";

const globalRoles = (user: User) => [...user.roles].filter(({ domain }) => !domain).map(({ role }) => role as Role);

/** An account as those who look after it see it, with what this actor may do to it. */
export const inPerson = (actor: Actor, user: User) => {
  const may = (permission: Parameters<typeof mayActOn>[1]) => mayActOn(actor, permission, user);
  const { id, username, email, bio, createdAt, disabledAt, lastLoginAt } = user;
  return {
    ...{ id, username, email, bio, createdAt, disabledAt, lastLoginAt },
    picture: user.picture ?? null,
    name: fullName(user.profile ?? {}),
    facts: factsForAdmins(user.profile ?? {}),
    isConfirmed: Boolean(user.emailConfirmedAt),
    deletionDueAt: user.deletion?.dueAt ?? null,
    states: statesOf(user).map((state) => ({ state, text: stateWords[state] })),
    roles: globalRoles(user),
    isSelf: actor.user?.id === id,
    may: {
      disable: may("users.disable"),
      help: may("users.help"),
      roles: may("users.roles"),
      delete: may("users.delete"),
      impersonate: mayImpersonate(actor, user) && isAccount(user),
    },
  };
};
/** Whether somebody can be logged in to it: a sign-up that waits to be confirmed is none. */
const isAccount = ({ emailConfirmedAt }: User) => Boolean(emailConfirmedAt) || config.emailConfirmation === "optional";

/** The roles as boxes to tick; those that the actor cannot give or take stay as they are. */
export const inRoleChoices = (actor: Actor, user: User) =>
  siteRoles.map((value) => ({
    ...asChoice(value),
    isFixed: !mayGive(actor, value),
    isHeld: globalRoles(user).includes(value),
  }));
