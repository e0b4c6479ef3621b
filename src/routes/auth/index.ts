import { allowAll, requireLogin, requireUser, requireVisitor } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { emailChange } from "./email/email-change.js";
import { emailConfirmation } from "./email/email-confirmation.js";
import { emailConfirmationLink } from "./email/email-confirmation-link.js";
import { emailUndo } from "./email/email-undo.js";
import { recoveryEmail } from "./email/recovery-email.js";
import { factorRecoveryCancelLink, factorRecoveryLink } from "./factor-recovery/links.js";
import { factorRecovery } from "./factor-recovery/login.js";
import { impersonationEnd } from "./impersonation.js";
import { invitations } from "./invitations.js";
import { login } from "./login.js";
import { logout } from "./logout.js";
import { notMe } from "./not-me.js";
import { passkeys } from "./passkeys.js";
import { passwordReset } from "./password/password-reset.js";
import { passwordStrength } from "./password/password-strength.js";
import { reauthenticate } from "./reauthenticate.js";
import { register } from "./register.js";
import { secondFactor } from "./second-factor.js";
import { session } from "./session.js";
import { setup } from "./setup.js";

/** Registration, login, and the links in emails, which only their recipients know. */
export const auth: Mount[] = [
  { at: "/register", guard: requireVisitor, router: register },
  { at: "/login", guard: requireVisitor, router: login },
  { at: "/login", guard: requireVisitor, router: secondFactor },
  { at: "/login", guard: requireVisitor, router: factorRecovery },
  { at: "/passkeys", guard: allowAll, router: passkeys, impersonators: "nothing" },
  { at: "/logout", guard: requireLogin, router: logout, impersonators: "send" },
  { at: "/impersonation", guard: requireLogin, router: impersonationEnd, impersonators: "send" },
  { at: "/session", guard: allowAll, router: session },
  { at: "/password-strength", guard: allowAll, router: passwordStrength, impersonators: "send" },
  { at: "/reauthenticate", guard: requireUser, router: reauthenticate, impersonators: "nothing" },
  { at: "/setup", guard: allowAll, router: setup, impersonators: "nothing" },
  { at: "/invitations", guard: allowAll, router: invitations, impersonators: "nothing" },
  { at: "/email-confirmation", guard: allowAll, router: emailConfirmation, impersonators: "nothing" },
  { at: "/email-confirmation", guard: allowAll, router: emailConfirmationLink, impersonators: "nothing" },
  { at: "/password-reset", guard: allowAll, router: passwordReset, impersonators: "nothing" },
  { at: "/email-change", guard: allowAll, router: emailChange, impersonators: "nothing" },
  { at: "/recovery-email", guard: allowAll, router: recoveryEmail, impersonators: "nothing" },
  { at: "/email-undo", guard: allowAll, router: emailUndo, impersonators: "nothing" },
  { at: "/not-me", guard: allowAll, router: notMe, impersonators: "nothing" },
  { at: "/factor-recovery", guard: allowAll, router: factorRecoveryLink, impersonators: "nothing" },
  { at: "/factor-recovery-cancel", guard: allowAll, router: factorRecoveryCancelLink, impersonators: "nothing" },
];
