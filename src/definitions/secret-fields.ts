/** Names of secret fields. Their values are never rendered or passed on. `defineForm` accepts no other secrets. */
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
