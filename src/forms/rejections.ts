import { isTaken, type Refused, type Taken } from "../definitions/outcomes.js";
import { getFieldDefinition, type ProfileField, profileFieldNames } from "../definitions/profile-fields.js";

const taken: Record<string, string> = {
  username: "This username is taken. Choose another.",
  email: "This email address already has an account.",
  "passkeys.credential": "This passkey already belongs to an account.",
  ...Object.fromEntries(profileFieldNames.map((field) => [field, describeTaken(field)])),
};

function describeTaken(field: ProfileField): string {
  return `Another account has this ${getFieldDefinition(field).noun}.`;
}

/**
 * Returns the message for a value that passed the form, and was refused by a unique index or by a rule of this
 * installation. `field` is empty if it is about all of the input.
 */
export function describeRejection(rejection: Taken | Refused): { field: string; message: string } {
  if (!isTaken(rejection)) return rejection.refused;
  return { field: rejection.taken, message: taken[rejection.taken] ?? "Another account has this value." };
}

/** The same as the errors of a form (`reject` in form.ts). */
export function toFormErrors(rejection: Taken | Refused): Record<string, string> {
  const { field, message } = describeRejection(rejection);
  return { [field]: message };
}

/** The same as a mistake in the body of an API call. */
export function toMistake(rejection: Taken | Refused): { pointer: string; detail: string } {
  const { field, message } = describeRejection(rejection);
  return { pointer: field ? `#/${field}` : "#", detail: message };
}
