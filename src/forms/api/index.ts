import { authEndpoints } from "./auth.js";
import type { Endpoint } from "./endpoint.js";
import { meEndpoints } from "./me.js";
import { postEndpoints } from "./posts.js";
import { tokenEndpoints } from "./tokens.js";
import { userRoleEndpoints } from "./user-roles.js";
import { userEndpoints } from "./users.js";

/** All calls of the JSON API. */
export const endpoints: Endpoint[] = [
  authEndpoints,
  meEndpoints,
  userEndpoints,
  userRoleEndpoints,
  postEndpoints,
  tokenEndpoints,
].flatMap((group) => Object.values(group));
