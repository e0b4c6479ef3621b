import { allowAll } from "../../web/guards.js";
import type { Mount } from "../../web/mount.js";
import { apiAuth } from "./auth.js";
import { apiOwnAccount } from "./me/index.js";
import { apiMe } from "./me.js";
import { openApiDocument } from "./openapi.js";
import { apiPosts } from "./posts.js";
import { apiTokens } from "./tokens.js";
import { apiUserRoles } from "./user-roles.js";
import { apiUsers } from "./users.js";

const calls = [apiAuth, apiMe, ...apiOwnAccount, apiUsers, apiUserRoles, apiPosts, apiTokens];

/** The JSON API. Each call declares who may make it (endpoint.ts). */
export const api: Mount[] = [
  { at: "/", guard: allowAll, router: openApiDocument },
  ...calls.map((router) => ({ at: "/api/v1", guard: allowAll, router })),
];
