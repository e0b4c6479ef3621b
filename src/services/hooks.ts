import type { Actor } from "../actor.js";
import type { Profile } from "../definitions/profile-fields.js";

/** The user who is about to log in. */
export type LoggingIn = { readonly id: string; readonly username: string; readonly email: string };
/** An account that is about to be opened. */
export type Newcomer = { readonly username: string; readonly email: string; readonly profile: Profile };

/**
 * Your own steps at registration and login. **Write them here**: no way to open an account or to log in goes past them.
 * They may read the database or ask another service. An error that they throw ends the request with status 500, and
 * nothing is stored.
 */
export const hooks = {
  /**
   * Asked before an account is opened, whether by registration, invitation, setup, an admin or a command. Returns the
   * message for the user, or null to allow it.
   */
  beforeRegistration: async (_actor: Actor, _newcomer: Newcomer): Promise<string | null> => null,

  /**
   * Asked when a user has proved who they are, before they are logged in: with a password, a mailed link, a remembered
   * browser or a refresh token. Returns the message for the user, or null to allow it. Sessions that already exist continue.
   */
  beforeLogin: async (_actor: Actor, _user: LoggingIn): Promise<string | null> => null,

  /**
   * Returns further claims for an access token. Other services can read them, because they can check the token. They
   * can't replace the claims that the token already has.
   */
  addClaims: async (_user: { readonly id: string }): Promise<Record<string, unknown>> => ({}),
};
