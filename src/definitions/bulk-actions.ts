import type { Permission } from "./permissions.js";

/** Actions for many users at once. */
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
    does: "They are signed out everywhere and cannot come in until they are enabled again. They get a mail with your reason.",
    did: "Disabled",
  },
  enable: {
    permission: "users.disable",
    button: "Enable",
    does: "They can log in again, and get a mail that says so.",
    did: "Enabled",
  },
  "end-sessions": {
    permission: "users.help",
    button: "Sign out everywhere",
    does: "They are signed out on all their devices and can log in again.",
    did: "Signed out",
  },
  "send-confirmation": {
    permission: "users.help",
    button: "Send a link to confirm the address",
    does: "They get the mail once more by which they confirm their address.",
    did: "Sent a link to",
  },
  "send-reset": {
    permission: "users.help",
    button: "Send a link for a new password",
    does: "They get a mail with a link to choose a new password. The one they have works until then.",
    did: "Sent a link to",
  },
};
