import { operatorActor } from "../../src/actor.js";
import { disableUserForm } from "../../src/forms/admin/disable.js";
import type { User } from "../../src/models/user.js";
import { disableUser, enableUser } from "../../src/services/admin/disable.js";
import { endUserSessions, makeResetLink } from "../../src/services/admin/support.js";
import { needed, Refusal, refuse, type Verb } from "./verb.js";

/** Disables a user. */
export const disable: Verb = {
  usage: "PERSON --reason TEXT",
  about: "Locks somebody out at once, everywhere, and mails them the reason.",
  options: { reason: { type: "string", about: "why; the person reads it" } },
  takesPerson: true,
  async run(values, person) {
    const user = person as User;
    const input = disableUserForm.parse({ reason: needed(values, "reason") });
    if (!input.ok) throw new Refusal(input.form.errors.map(({ message }) => message).join("\n"));
    const outcome = await disableUser(operatorActor, user, input.data.reason);
    refuse(outcome, user);
    const text = outcome === "done" ? "is locked out" : "was locked out before";
    return { text: `${user.username} ${text}.`, data: { username: user.username, changed: outcome === "done" } };
  },
};

/** Enables a user. */
export const enable: Verb = {
  usage: "PERSON",
  about: "Lets somebody in again; a deletion that others planned is off.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    const outcome = await enableUser(operatorActor, user);
    if (outcome !== "done" && user.disabledAt) throw new Refusal(`${user.username} is being deleted: too late.`);
    return { text: `${user.username} can log in.`, data: { username: user.username, changed: outcome === "done" } };
  },
};

/** Ends a user's sessions. */
export const endSessions: Verb = {
  usage: "PERSON",
  about: "Signs somebody out everywhere, also where they are remembered; mailed links are void.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    await endUserSessions(operatorActor, user);
    return { text: `${user.username} is signed out everywhere.`, data: { username: user.username } };
  },
};

/** Makes a password reset link for a user without another way to log in. */
export const resetLink: Verb = {
  usage: "PERSON",
  about: "Prints a link to choose a new password, good once, for an hour. Nothing is mailed.",
  options: {},
  takesPerson: true,
  async run(_values, person) {
    const user = person as User;
    const link = await makeResetLink(operatorActor, user);
    const why = user.disabledAt ? "is locked out: a new password would not open the account" : "has no address";
    if (!link) throw new Refusal(`${user.username} ${why}.`);
    return { text: link, data: { username: user.username, link } };
  },
};
