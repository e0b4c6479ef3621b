import { anyone, requireSignIn, requireUser, requireVisitor } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { emailChange } from "./email-change.js";
import { emailConfirmation } from "./email-confirmation.js";
import { emailConfirmationLink } from "./email-confirmation-link.js";
import { emailUndo } from "./email-undo.js";
import { impersonationEnd } from "./impersonation.js";
import { invitations } from "./invitations.js";
import { login } from "./login.js";
import { logout } from "./logout.js";
import { notMe } from "./not-me.js";
import { passwordReset } from "./password-reset.js";
import { passwordStrength } from "./password-strength.js";
import { reauthenticate } from "./reauthenticate.js";
import { register } from "./register.js";
import { setup } from "./setup.js";

/** Coming in, proving who one is, and the links in emails, which are for their receiver alone. */
export const auth: Mount[] = [
  { at: "/register", guard: requireVisitor, router: register },
  { at: "/login", guard: requireVisitor, router: login },
  { at: "/logout", guard: requireSignIn, router: logout, impersonators: "send" },
  { at: "/impersonation", guard: requireSignIn, router: impersonationEnd, impersonators: "send" },
  { at: "/password-strength", guard: anyone, router: passwordStrength, impersonators: "send" },
  { at: "/reauthenticate", guard: requireUser, router: reauthenticate, impersonators: "nothing" },
  { at: "/setup", guard: anyone, router: setup, impersonators: "nothing" },
  { at: "/invitations", guard: anyone, router: invitations, impersonators: "nothing" },
  { at: "/email-confirmation", guard: anyone, router: emailConfirmation, impersonators: "nothing" },
  { at: "/email-confirmation", guard: anyone, router: emailConfirmationLink, impersonators: "nothing" },
  { at: "/password-reset", guard: anyone, router: passwordReset, impersonators: "nothing" },
  { at: "/email-change", guard: anyone, router: emailChange, impersonators: "nothing" },
  { at: "/email-undo", guard: anyone, router: emailUndo, impersonators: "nothing" },
  { at: "/not-me", guard: anyone, router: notMe, impersonators: "nothing" },
];
