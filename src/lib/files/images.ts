import { type ChildProcess, fork } from "node:child_process";
import { limitConcurrency } from "../async/concurrency.js";

/** Side lengths of an avatar, in pixels. */
export const avatarSizes = [64, 192, 512] as const;
export const imageTypes = ["webp", "jpg"] as const;
export type ImageType = (typeof imageTypes)[number];
export type AvatarFile = { size: number; type: ImageType; bytes: Uint8Array };

export const MOST_PIXELS = 40_000_000;

/** Reasons to refuse a picture. */
export const refusals = ["unknown", "heic", "too-many-pixels", "too-oblong", "broken"] as const;
export type Refusal = (typeof refusals)[number];
export type ImageTask = { what: "look" | "make"; bytes: Uint8Array };
export type PictureResult = { ok: true; files: AvatarFile[] } | { ok: false; refusal: Refusal };

const SECONDS = 1_000;
/** Time limit in milliseconds. A decoder that takes longer is stuck. */
const WITHIN_MS = 30 * SECONDS;
const WORKER = new URL("./image-worker.js", import.meta.url);

/** Handles one picture at a time, because each needs a core and up to 300 MB. */
const oneByOne = limitConcurrency({ atOnce: 1, mostWaiting: 50 });

/** Checks the first bytes of a picture. Returns the reason to refuse it, or null. @throws Overloaded */
export async function findImageProblem(bytes: Uint8Array): Promise<Refusal | null> {
  const verdict = await oneByOne(() => ask({ what: "look", bytes }));
  return verdict.ok ? null : verdict.refusal;
}

/** Creates the avatar files of a picture, or returns the reason to refuse it. @throws Overloaded */
export const makeAvatarFiles = (bytes: Uint8Array): Promise<PictureResult> =>
  oneByOne(() => ask({ what: "make", bytes }));

/**
 * Runs a task in a separate process without secrets and without data of other pictures. A crash there does not affect
 * this process.
 */
async function ask(task: ImageTask): Promise<PictureResult> {
  const child = fork(WORKER, {
    env: {},
    execArgv: ["--max-old-space-size=64"],
    serialization: "advanced",
    stdio: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), WITHIN_MS);
  try {
    return await readAnswer(child, task);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

function readAnswer(child: ChildProcess, task: ImageTask): Promise<PictureResult> {
  return new Promise((resolve, reject) => {
    child.once("message", (verdict: PictureResult) => resolve(verdict));
    child.once("exit", () => resolve({ ok: false, refusal: "broken" }));
    child.once("error", reject);
    child.send(task, (error) => error && resolve({ ok: false, refusal: "broken" }));
  });
}
