import type { Config } from "../../../config/index.js";

/** Result of one part of a check: what was found, why it matters, and how to fix it. */
export type Finding =
  | { kind: "ok"; what: string }
  | { kind: "warning" | "problem"; what: string; why: string; remedy: string }
  | { kind: "not checked"; what: string; why: string };

/** The configuration to check. @see Config */
export type Settings = Config & {
  /** Time to wait for another server, in milliseconds. */
  waitMs: number;
  /** DNS servers to ask, such as 192.0.2.1:53. Without them, the system's. */
  dnsServers?: readonly string[];
};

/** Checks one part of the installation. Several findings are possible. May throw: run.ts catches it. */
export type DoctorCheck = (settings: Settings) => Finding[] | Promise<Finding[]>;

export const pass = (what: string): Finding => ({ kind: "ok", what });
/** Something works today, and may not tomorrow. */
export const warn = (what: string, why: string, remedy: string): Finding => ({ kind: "warning", what, why, remedy });
/** Something does not work, or is not safe. */
export const fail = (what: string, why: string, remedy: string): Finding => ({ kind: "problem", what, why, remedy });
/** @param why what would have to be different for the check */
export const skip = (what: string, why: string): Finding => ({ kind: "not checked", what, why });
