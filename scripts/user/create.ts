import { operatorActor } from "../../src/actor.js";
import { registerForm } from "../../src/forms/auth/register.js";
import { createUser } from "../../src/services/admin/create-user.js";
import { readPassword } from "./password.js";
import { needed, Refusal, rolesIn, type Verb } from "./verb.js";

const taken = {
  "username-taken": "username: This username is taken.",
  "email-taken": "email: This email address already has an account.",
};

export const create: Verb = {
  usage: "--username NAME --email ADDRESS [--role ROLE]...",
  about:
    "Creates an account with a confirmed email address. Asks for the password, or generates one and prints it once.",
  options: {
    username: { type: "string", about: "public name" },
    email: { type: "string", about: "email address, which counts as confirmed" },
    role: { type: "string", multiple: true, about: "role on the whole site; can be repeated" },
    "password-stdin": { type: "boolean", about: "read the password from standard input" },
    "must-change-password": { type: "boolean", about: "the user must choose another password after the first login" },
    generate: { type: "boolean", about: "generate a password and print it once, even in a terminal" },
  },
  takesPerson: false,
  async run(values) {
    const identity = { username: needed(values, "username"), email: needed(values, "email") };
    const roles = rolesIn(values);
    const mustChangePassword = values["must-change-password"] === true;
    const { password, isMade } = await readPassword(values);
    const input = registerForm.parse({ ...identity, password });
    if (!input.ok) throw new Refusal(input.form.errors.map(({ field, message }) => `${field}: ${message}`).join("\n"));
    const user = await createUser(operatorActor, { ...input.data, mustChangePassword }, roles);
    if (typeof user === "string") throw new Refusal(taken[user]);
    const told = isMade ? `\nPassword (shown only once): ${password}` : "";
    const as = roles.length > 0 ? ` with the roles ${roles.join(", ")}` : "";
    return {
      text: `Created the account ${user.username}${as}.${told}`,
      data: { id: user.id, username: user.username, email: user.email, roles, ...(isMade && { password }) },
    };
  },
};
