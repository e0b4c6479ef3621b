import { operatorActor } from "../../src/actor.js";
import { disableUserForm } from "../../src/forms/admin/disable.js";
import type { User } from "../../src/models/user.js";
import { disableUser, enableUser } from "../../src/services/admin/disable.js";
import { endUserSessions, makeResetLink } from "../../src/services/admin/support.js";
import { resetFactors } from "../../src/services/factors/reset.js";
import { needed, Refusal, refuse, type Verb } from "./verb.js";

export const disable: Verb = {
  usage: "USER --reason TEXT",
  about: "Disables an account, logs the user out everywhere and emails them the reason.",
  options: { reason: { type: "string", about: "reason; the user will see it" } },
  takesPerson: true,
  async run(values, person) {
    const user = person as User;
    const input = disableUserForm.parse({ reason: needed(values, "reason") });
    if (!input.ok) throw new Refusal(input.form.errors.map(({ message }) => message).join("\n"));
    const outcome = await disableUser(operatorActor, user, input.data.reason);
    refuse(outcome, user);
    const text = outcome === "done" ? "has been disabled" : "was already disabled";
    return { text: `${user.username} ${text}.`, data: { username: user.username, changed: outcome === "done" } };
  },
};

export const enable: Verb = {
  usage: "USER",
  about: "Enables an account again and cancels a deletion scheduled by an administrator.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    const outcome = await enableUser(operatorActor, user);
    if (outcome !== "done" && user.disabledAt)
      throw new Refusal(`${user.username} is already being deleted. This can't be stopped.`);
    return {
      text: `${user.username} is enabled and can log in.`,
      data: { username: user.username, changed: outcome === "done" },
    };
  },
};

/** Ends all sessions of a user. */
export const endSessions: Verb = {
  usage: "USER",
  about: "Logs a user out on all devices and invalidates the links in earlier emails.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    await endUserSessions(operatorActor, user);
    return { text: `${user.username} has been logged out everywhere.`, data: { username: user.username } };
  },
};

/** Removes the second factors of a user who has lost them. */
export const resetSecondFactors: Verb = {
  usage: "USER",
  about:
    "Removes all second factors and recovery codes of a user who has lost them, logs the user out everywhere and sends an email. Make sure first that it is the user who asks.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    const changed = await resetFactors(operatorActor, user);
    const text = changed ? "has no second factor any more" : "has no second factor";
    return { text: `${user.username} ${text}.`, data: { username: user.username, changed } };
  },
};

/** Creates a password reset link for a user who cannot log in in any other way. */
export const resetLink: Verb = {
  usage: "USER",
  about: "Prints a link to choose a new password. It can be used once and expires in one hour. No email is sent.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    const link = await makeResetLink(operatorActor, user);
    const why = user.disabledAt ? "is disabled, so a new password wouldn't let them log in" : "has no email address";
    if (!link) throw new Refusal(`${user.username} ${why}.`);
    return { text: link, data: { username: user.username, link } };
  },
};
