import { auth } from "./auth.js";
import type { Call } from "./endpoint.js";
import { me } from "./me.js";
import { posts } from "./posts.js";
import { tokens } from "./tokens.js";
import { userRoles, users } from "./users.js";

/** Every call of the JSON API. */
export const calls: Call[] = [auth, me, users, userRoles, posts, tokens].flatMap((group) => Object.values(group));
