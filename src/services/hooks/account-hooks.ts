import { accountHooks } from "../../site/account-hooks.js";
import type { AccountHooks } from "./types.js";

/** The site's steps at registration and login. Those that it does not define allow everything, and add nothing. */
export const hooks: AccountHooks = {
  beforeRegistration: async () => null,
  beforeLogin: async () => null,
  addClaims: async () => ({}),
  ...accountHooks,
};
