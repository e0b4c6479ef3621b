/** Fields that hold a secret: never drawn again, never carried along. `defineForm` knows no other secrets. */
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

/** Whether the field of this name holds a secret. */
export const isSecretField = (name: string): boolean => secretFields.includes(name);
