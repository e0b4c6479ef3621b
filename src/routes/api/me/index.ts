import { apiActivity } from "./activity.js";
import { apiAvatar } from "./avatar.js";
import { apiDeletion } from "./deletion.js";
import { apiEmail } from "./email.js";
import { apiExport } from "./export.js";
import { apiNotifications } from "./notifications.js";
import { apiPassword } from "./password.js";
import { apiReauthentication } from "./reauthentication.js";
import { apiRecoveryEmail } from "./recovery-email.js";
import { apiSessions } from "./sessions.js";

/** The calls below /users/me. */
export const apiOwnAccount = [
  apiActivity,
  apiAvatar,
  apiDeletion,
  apiEmail,
  apiExport,
  apiNotifications,
  apiPassword,
  apiReauthentication,
  apiRecoveryEmail,
  apiSessions,
];
