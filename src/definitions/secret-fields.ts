/** Names of secret fields, which are never rendered again or carried along. `defineForm` accepts no other secrets. */
const secretFields = [
  "password",
  "newPassword",
  "currentPassword",
  "code",
  "recoveryCode",
  "otp",
  "token",
  "secret",
  "credential",
];

export const isSecretField = (name: string): boolean => secretFields.includes(name);
