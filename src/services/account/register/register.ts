import type { Actor } from "../../../actor.js";
import { isTaken, type Refused, type Taken } from "../../../definitions/outcomes.js";
import { type Profile, uniqueFieldNames } from "../../../definitions/profile-fields.js";
import type { Registration } from "../../../forms/auth/register.js";
import * as passwords from "../../../lib/passwords/hash.js";
import { digest } from "../../../lib/secrets.js";
import type { NewAccount } from "../../../models/user/create/account.js";
import { User } from "../../../models/user.js";
import { record } from "../../audit.js";
import { followUp } from "../../follow-ups.js";
import { takeMail } from "../../mail/limits.js";
import { isPassword } from "../../session/check-password.js";
import { dropSignUp } from "../deletion.js";
import { correctAddress, mailConfirmation } from "../email-confirmation.js";
import { canonicalizeProfile, type OpeningResult, openAccount, wrongPhone } from "../open.js";

const afterRegistration = followUp<Pick<Registration, "username" | "email">>(
  User,
  "user.registered",
  async ({ id, actor, data }) => {
    await record(actor, "user.registered", { id: String(id) });
    if (await takeMail("registration", data.email, "stranger"))
      await mailConfirmation({ _id: id, sessionEpoch: 0, ...data });
  },
);

type Registered = User | Taken | Refused;
/** The login method of a new account: a password, or a passkey with the id for which it was created. */
type WayIn = Pick<Registration, "password"> | Required<Pick<NewAccount, "_id" | "passkeys">>;
type Typed = Omit<Registration, "password">;
/** A registration with its profile fields in the stored format. */
type SignUp = Pick<Registration, "username" | "email"> & Profile;

/**
 * Stores a registration with an unconfirmed email. If the email already has an account, only the text of the email
 * differs, and only the owner of the email reads it. A repeated form with the right password returns the existing
 * registration, with the profile fields of the repeated form. The same browser can also send another email to correct the registration, because users go back to
 * the form to fix a typing mistake. A passkey is new each time, so it proves no earlier registration: such a form is refused
 * as for a taken username.
 * @param own the earlier registration of this browser, if any
 * @returns the registration, the field whose value is taken, or the refusal by a rule
 * @throws Overloaded
 */
export async function registerUser(
  actor: Actor,
  typed: Typed,
  wayIn: WayIn,
  own: User | null = null,
): Promise<Registered> {
  const { username: _username, email: _email, ...fields } = typed;
  const profile = canonicalizeProfile(fields);
  if (profile === null) return wrongPhone;
  const registration: SignUp = { ...typed, ...profile };
  let made = await signUp(actor, registration, wayIn);
  for (const _ of ["username", ...uniqueFieldNames]) {
    if (!isTaken(made) || !(await dropHolder(actor, made, { registration, wayIn, own }))) break;
    made = await signUp(actor, registration, wayIn);
  }
  if (!isTaken(made) || !("password" in wayIn)) return made;
  const holder = await User.findByUsername(registration.username);
  const same = await sameSignUp(actor, holder, { ...registration, ...wayIn }, own);
  return (same && (await changeSignUp(actor, same, registration))) ?? made;
}

/**
 * Deletes the registration that has a value, if it has lapsed, or if it is the earlier one of this browser under another
 * username. Returns false if neither is the case.
 */
async function dropHolder(
  actor: Actor,
  { taken }: Taken,
  { registration, wayIn, own }: { registration: SignUp; wayIn: WayIn; own: User | null },
) {
  if (!(taken in registration)) return false; // a passkey
  const holder = await User.findByUnique(taken, String(registration[taken as keyof SignUp]));
  if (!holder) return false;
  const isOwn = taken !== "username" && !holder.emailConfirmedAt && holder.id === own?.id;
  const isProved = isOwn && "password" in wayIn && (await isRightPassword(actor, holder, wayIn.password));
  if (!User.isLapsed(holder) && !isProved) return false;
  return dropSignUp(holder);
}

/** Corrects a registration after its form was sent again. Returns null if it was confirmed in the meantime. */
async function changeSignUp(actor: Actor, same: User, registration: SignUp): Promise<Registered | null> {
  const { username: _username, email, ...profile } = registration;
  const told = Object.keys(profile).length > 0 ? await same.describe(profile) : "done";
  if (isTaken(told)) return told;
  return email === same.email ? same : correctAddress(actor, same, email);
}

async function signUp(actor: Actor, registration: SignUp, wayIn: WayIn): Promise<Registered> {
  const { username, email, ...profile } = registration;
  const isProgram = actor.via === "api" && !actor.user;
  const account = {
    username,
    email,
    profile,
    isConfirmed: false,
    ...("password" in wayIn ? { passwordHash: await passwords.hash(wayIn.password) } : wayIn),
    ...(isProgram && { signedUpBy: getProgramId(actor) }),
  };
  const completion = { followUp: afterRegistration, data: { username, email } };
  return assertNew(await openAccount(actor, account, completion));
}

/** Excludes an id that exists already: it is random. */
function assertNew(opened: OpeningResult): Registered {
  if (opened === "exists") throw new Error("two accounts cannot have one id");
  return opened;
}

type Credentials = Pick<Registration, "username" | "email" | "password">;

/** Always compares one password hash, so that the response time does not reveal which email the registration has. */
async function sameSignUp(actor: Actor, holder: User | null, registration: Credentials, own: User | null) {
  const { username, email, password } = registration;
  const isWaiting = holder !== null && !holder.emailConfirmedAt && !holder.passwordChangeRequiredAt;
  const user = isWaiting && (holder.email === email || holder.id === own?.id) ? holder : null;
  const isRight = await isPassword(actor, { user, name: username, device: null }, password);
  return isRight ? user : null;
}

const isRightPassword = (actor: Actor, user: User, password: string): Promise<boolean> =>
  isPassword(actor, { user, name: user.username, device: null }, password);

/** Identifies an API client by a hash of IP address and user agent, like a cookie identifies a browser. */
export const getProgramId = ({ ip, agent }: Pick<Actor, "ip" | "agent">): string => digest(`program ${ip} ${agent}`);
