import { operatorActor } from "../../src/actor.js";
import { profileFieldNames } from "../../src/definitions/profile-fields.js";
import { newUserForm } from "../../src/forms/admin/new-user.js";
import { describeRejection } from "../../src/forms/rejections.js";
import { isAccount } from "../../src/services/account/open.js";
import { createUser } from "../../src/services/admin/create-user.js";
import { Misuse } from "../support/command-line.js";
import { readPassword } from "./password.js";
import { needed, Refusal, rolesIn, type Values, type Verb } from "./verb.js";

export const create: Verb = {
  usage: "--username NAME --email ADDRESS [--role ROLE]... [--field NAME=VALUE]...",
  about:
    "Creates an account with a confirmed email address. Asks for the password, or generates one and prints it once.",
  options: {
    username: { type: "string", about: "public name" },
    email: { type: "string", about: "email address, which counts as confirmed" },
    role: { type: "string", multiple: true, about: "role on the whole site; can be repeated" },
    field: { type: "string", multiple: true, about: "profile field, such as city=Zürich; can be repeated" },
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
    const input = newUserForm.parse({ ...readFields(values), ...identity, password });
    if (!input.ok) throw new Refusal(input.form.errors.map(tell).join("\n"));
    const { username, email, password: chosen, ...profile } = input.data;
    const user = await createUser(operatorActor, {
      username,
      email,
      password: chosen,
      profile,
      roles,
      isConfirmed: true,
      mustChangePassword,
    });
    if (!isAccount(user)) throw new Refusal(tell(describeRejection(user)));
    const told = isMade ? `\nPassword (shown only once): ${password}` : "";
    const as = roles.length > 0 ? ` with the roles ${roles.join(", ")}` : "";
    return {
      text: `Created the account ${user.username}${as}.${told}`,
      data: { id: user.id, username: user.username, email: user.email, roles, ...(isMade && { password }) },
    };
  },
};

const tell = ({ field, message }: { field: string | null; message: string }) =>
  field ? `${field}: ${message}` : message;

/** Returns the profile fields given as options. @throws Misuse */
function readFields(values: Values): Record<string, string> {
  const given = [values.field ?? []].flat().map(String);
  const unknown = given.find((pair) => !profileFieldNames.some((name) => pair.startsWith(`${name}=`)));
  if (unknown !== undefined)
    throw new Misuse(`There is no profile field in "${unknown}". Use NAME=VALUE with ${profileFieldNames.join(", ")}.`);
  return Object.fromEntries(given.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}
