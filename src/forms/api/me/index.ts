import { activityEndpoints } from "./activity.js";
import { avatarEndpoints } from "./avatar.js";
import { deletionEndpoints } from "./deletion.js";
import { emailEndpoints } from "./email.js";
import { exportEndpoints } from "./export.js";
import { notificationEndpoints } from "./notifications.js";
import { passwordEndpoints } from "./password.js";
import { reauthenticationEndpoints } from "./reauthentication.js";
import { recoveryEmailEndpoints } from "./recovery-email.js";
import { sessionEndpoints } from "./sessions.js";

/** The calls below /users/me. */
export const ownAccountEndpoints = [
  activityEndpoints,
  avatarEndpoints,
  deletionEndpoints,
  emailEndpoints,
  exportEndpoints,
  notificationEndpoints,
  passwordEndpoints,
  reauthenticationEndpoints,
  recoveryEmailEndpoints,
  sessionEndpoints,
];
