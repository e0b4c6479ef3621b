import { authEndpoints } from "./auth.js";
import type { Endpoint } from "./endpoint.js";
import { ownAccountEndpoints } from "./me/index.js";
import { meEndpoints } from "./me.js";
import { postEndpoints } from "./posts.js";
import { tokenEndpoints } from "./tokens.js";
import { userEndpoints, userRoleEndpoints } from "./users.js";

/** All calls of the JSON API. */
export const endpoints: Endpoint[] = [
  authEndpoints,
  meEndpoints,
  ...ownAccountEndpoints,
  userEndpoints,
  userRoleEndpoints,
  postEndpoints,
  tokenEndpoints,
].flatMap((group) => Object.values(group));
