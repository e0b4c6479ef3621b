import { anyone } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { auth } from "./auth.js";
import { me } from "./me.js";
import { document } from "./openapi.js";
import { posts } from "./posts.js";
import { tokens } from "./tokens.js";
import { userRoles } from "./user-roles.js";
import { users } from "./users.js";

const calls = [auth, me, users, userRoles, posts, tokens];

/** The JSON API. Each call says itself who may make it (endpoint.ts). */
export const api: Mount[] = [
  { at: "/", guard: anyone, router: document },
  ...calls.map((router) => ({ at: "/api/v1", guard: anyone, router })),
];
