import { requireConfirmed, requireLogin, requireUser } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { accountActivity } from "./activity.js";
import { accountEmailChange } from "./addresses/email-change.js";
import { accountRecoveryEmail } from "./addresses/recovery-email.js";
import { accountApiTokens } from "./api-tokens.js";
import { accountAvatar } from "./avatar.js";
import { accountDeletion } from "./deletion.js";
import { accountExport } from "./export.js";
import { accountFactorRecovery } from "./factor-recovery.js";
import { accountFactors } from "./factors.js";
import { accountNotifications } from "./notifications.js";
import { accountPasskeys } from "./passkeys.js";
import { accountPassword } from "./password.js";
import { accountProfile } from "./profile.js";
import { accountSessions } from "./sessions.js";

const pages: Mount[] = [
  { at: "/account/profile", guard: requireLogin, router: accountProfile },
  { at: "/account/email", guard: requireConfirmed, router: accountEmailChange },
  { at: "/account/addresses", guard: requireConfirmed, router: accountRecoveryEmail },
  { at: "/account/avatar", guard: requireUser, router: accountAvatar },
  { at: "/account/notifications", guard: requireUser, router: accountNotifications },
  { at: "/account/activity", guard: requireUser, router: accountActivity },
  { at: "/account/sessions", guard: requireUser, router: accountSessions },
  { at: "/account/api-tokens", guard: requireUser, router: accountApiTokens },
  { at: "/account/password", guard: requireUser, router: accountPassword },
  { at: "/account/factors", guard: requireUser, router: accountFactors },
  { at: "/account/factor-recovery", guard: requireLogin, router: accountFactorRecovery },
  { at: "/account/passkeys", guard: requireUser, router: accountPasskeys },
  { at: "/account/export", guard: requireUser, router: accountExport },
  { at: "/account/deletion", guard: requireUser, router: accountDeletion },
];

/** A user's own pages. Admins who impersonate the user cannot open them. */
export const account = pages.map((page): Mount => ({ ...page, impersonators: "nothing" }));
