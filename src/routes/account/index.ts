import { requireConfirmed, requireSignIn, requireUser } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { activity } from "./activity.js";
import { apiTokens } from "./api-tokens.js";
import { avatar } from "./avatar.js";
import { deletion } from "./deletion.js";
import { email } from "./email-change.js";
import { dataExport } from "./export.js";
import { password } from "./password.js";
import { profile } from "./profile.js";
import { sessions } from "./sessions.js";

const pages: Mount[] = [
  { at: "/account/profile", guard: requireSignIn, router: profile },
  { at: "/account/email", guard: requireConfirmed, router: email },
  { at: "/account/avatar", guard: requireUser, router: avatar },
  { at: "/account/activity", guard: requireUser, router: activity },
  { at: "/account/sessions", guard: requireUser, router: sessions },
  { at: "/account/api-tokens", guard: requireUser, router: apiTokens },
  { at: "/account/password", guard: requireUser, router: password },
  { at: "/account/export", guard: requireUser, router: dataExport },
  { at: "/account/deletion", guard: requireUser, router: deletion },
];

/** A user's own pages: for their owner alone. */
export const account = pages.map((page): Mount => ({ ...page, impersonators: "nothing" }));
