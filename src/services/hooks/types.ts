import type { Actor } from "../../actor.js";
import type { Profile } from "../../definitions/profile-fields.js";

/** The user who is about to log in. */
export type LoggingIn = { readonly id: string; readonly username: string; readonly email: string };
/** An account that is about to be opened. */
export type Newcomer = { readonly username: string; readonly email: string; readonly profile: Profile };

/**
 * Steps of a site at registration and login (site/account-hooks.ts). They may read the database or ask another service. An
 * error that they throw ends the request with status 500, and nothing is stored.
 */
export type AccountHooks = {
  /**
   * Asked before an account is opened, whether by registration, invitation, setup, an admin or a command. Returns the
   * message for the user, or null to allow it.
   */
  beforeRegistration(actor: Actor, newcomer: Newcomer): Promise<string | null>;

  /**
   * Asked when a user has proved who they are, before they are logged in: with a password, a mailed link, a remembered
   * browser or a refresh token. Returns the message for the user, or null to allow it. Sessions that already exist continue.
   */
  beforeLogin(actor: Actor, user: LoggingIn): Promise<string | null>;

  /**
   * Returns further claims for an access token. Other services can read them, because they can check the token. They
   * can't replace the claims that the token already has.
   */
  addClaims(user: { readonly id: string }): Promise<Record<string, unknown>>;
};
