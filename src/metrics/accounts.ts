import { declareMetrics } from "./declare.js";

/** Why a login fails. Users get one message for all of them; operators must know which it is. */
const refusals = [
  "unknown-user",
  "wrong-password",
  "throttled",
  "disabled",
  "unconfirmed",
  "wrong-code",
  "wrong-passkey",
] as const;
export type LoginRefusal = (typeof refusals)[number];

const factors = ["code", "recovery-code", "passkey"] as const;
export type FactorKind = (typeof factors)[number];

const metrics = declareMetrics(({ Counter }) => {
  const logins = new Counter({
    name: "postern_logins_total",
    help: "Logins that succeeded, and attempts that failed, with the reason. Confirming a password does not count.",
    labelNames: ["outcome", "reason"],
  });
  const secondFactors = new Counter({
    name: "postern_second_factors_total",
    help: "Codes, recovery codes and passkeys that users sent, at a login or later.",
    labelNames: ["factor", "outcome"],
  });
  const registrations = new Counter({
    name: "postern_registrations_total",
    help: "Accounts created by sign-up, invitation, setup or an admin. Those of npm run user and npm run seed do not count.",
  });
  const resets = new Counter({
    name: "postern_password_resets_total",
    help: "Password resets by email: links requested, and new passwords set with one.",
    labelNames: ["step"],
  });
  const succeeded = logins.labels("success", "none");
  const failed = Object.fromEntries(refusals.map((reason) => [reason, logins.labels("failure", reason)]));
  const proofs = Object.fromEntries(
    factors.map((kind) => [
      kind,
      { success: secondFactors.labels(kind, "success"), failure: secondFactors.labels(kind, "failure") },
    ]),
  );
  const [requested, completed] = [resets.labels("requested"), resets.labels("completed")];
  for (const counter of [succeeded, ...Object.values(failed), requested, completed]) counter.inc(0);
  for (const { success, failure } of Object.values(proofs)) for (const counter of [success, failure]) counter.inc(0);
  /** By the audit events that are counted here. */
  const byEvent: Record<string, { inc(): void }> = {
    "session.started": succeeded,
    "user.registered": registrations,
    "password.reset-asked": requested,
    "password.reset": completed,
  };
  return { byEvent, failed, proofs };
});

/** Counts what an audit event reports. Call it once for each event, not for each attempt to write it. */
export const countAuditEvent = (event: string): void => metrics()?.byEvent[event]?.inc();

/** Counts a failed attempt to log in. */
export const countRefusedLogin = (reason: LoginRefusal): void => metrics()?.failed[reason]?.inc();

/** Counts a second factor that a user sent. */
export const countFactor = (kind: FactorKind, isRight: boolean): void =>
  metrics()?.proofs[kind]?.[isRight ? "success" : "failure"].inc();
