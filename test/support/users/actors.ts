import { type Actor, systemActor } from "../../../src/actor.js";
import { toGrants } from "../../../src/models/user/roles.js";
import type { User } from "../../../src/models/user.js";

/** Converts a user to the actor of a browser's request. */
export function acting(user: User): Actor {
  const { id, username, email, postCount } = user;
  const known = {
    id,
    username,
    email,
    postCount,
    epoch: user.sessionEpoch,
    isEmailConfirmed: true,
    isMember: true,
    mustChangePassword: false,
    hasPassword: true,
    hasSecondFactor: false,
    mustAddFactor: false,
    factorRecovery: null,
    deletionDueAt: null,
    picture: null,
  };
  return { ...systemActor, via: "browser", user: { ...known, roles: toGrants(user.roles) } };
}
