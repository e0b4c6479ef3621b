import { hasAddress } from "../../definitions/features.js";
import { siteEndpoints } from "../../site/api-calls.js";
import { auditEventEndpoints } from "./audit-events.js";
import { authEndpoints } from "./auth.js";
import { commentEndpoints } from "./comments.js";
import { domainEndpoints, domainMemberEndpoints } from "./domains.js";
import type { Endpoint } from "./endpoint.js";
import { acceptanceEndpoints, invitationEndpoints } from "./invitations.js";
import { ownAccountEndpoints } from "./me/index.js";
import { meEndpoints } from "./me.js";
import { postEndpoints } from "./posts.js";
import { tokenEndpoints } from "./tokens.js";
import { userRoleEndpoints } from "./user-roles.js";
import { userEndpoints } from "./users.js";

/** All calls of the JSON API. */
export const endpoints: Endpoint[] = [
  authEndpoints,
  meEndpoints,
  ...ownAccountEndpoints,
  userEndpoints,
  userRoleEndpoints,
  postEndpoints,
  commentEndpoints,
  tokenEndpoints,
  domainEndpoints,
  domainMemberEndpoints,
  invitationEndpoints,
  acceptanceEndpoints,
  auditEventEndpoints,
  ...siteEndpoints,
]
  .flatMap((group): Endpoint[] => Object.values(group))
  .filter(({ path }) => hasAddress(`/api/v1${path}`));
