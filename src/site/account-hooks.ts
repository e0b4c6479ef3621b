import type { AccountHooks } from "../services/hooks/types.js";

/**
 * Your own steps before an account is opened, before a user is logged in, and for access tokens. **Write them here**:
 * every way to open an account or to log in asks them. Upstream never edits this file. For example:
 *
 *   beforeLogin: async (_actor, { email }) => ((await hasContract(email)) ? null : "Your contract has ended."),
 */
export const accountHooks: Partial<AccountHooks> = {};
