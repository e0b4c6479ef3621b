import type { Permission } from "./permissions.js";

/** Actions that an admin can apply to many users at once. */
export const bulkActions = ["disable", "enable", "end-sessions", "send-confirmation", "send-reset"] as const;
export type BulkAction = (typeof bulkActions)[number];

/** The permission, button, description and result text of each action. */
export const bulkActionTexts: Record<
  BulkAction,
  { permission: Permission; button: string; does: string; did: string }
> = {
  disable: {
    permission: "users.disable",
    button: "Disable",
    does: "They'll be logged out everywhere and can't log in until you enable them again. They'll get an email with your reason.",
    did: "Disabled",
  },
  enable: {
    permission: "users.disable",
    button: "Enable",
    does: "They can log in again, and they'll get an email about it.",
    did: "Enabled",
  },
  "end-sessions": {
    permission: "users.help",
    button: "Log out everywhere",
    does: "They'll be logged out on all their devices. They can log in again.",
    did: "Logged out",
  },
  "send-confirmation": {
    permission: "users.help",
    button: "Resend confirmation email",
    does: "They'll get the email with the confirmation link again.",
    did: "Confirmation email sent to",
  },
  "send-reset": {
    permission: "users.help",
    button: "Send password reset",
    does: "They'll get an email with a link to choose a new password. Their current password keeps working until they do.",
    did: "Password reset sent to",
  },
};
