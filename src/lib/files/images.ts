import { type ChildProcess, fork } from "node:child_process";
import { limitConcurrency } from "../async/concurrency.js";

/** Sizes of an avatar: the side of the square in pixels. */
export const avatarSizes = [64, 192, 512] as const;
export const imageTypes = ["webp", "jpg"] as const;
export type ImageType = (typeof imageTypes)[number];
export type AvatarFile = { size: number; type: ImageType; bytes: Uint8Array };

export const MOST_PIXELS = 40_000_000;

/** Why a picture is refused. */
export const refusals = ["unknown", "heic", "too-many-pixels", "too-oblong", "broken"] as const;
export type Refusal = (typeof refusals)[number];
export type ImageTask = { what: "look" | "make"; bytes: Uint8Array };
export type PictureResult = { ok: true; files: AvatarFile[] } | { ok: false; refusal: Refusal };

const SECONDS = 1_000;
/** A decoder that takes longer is stuck; in milliseconds. */
const WITHIN_MS = 30 * SECONDS;
const WORKER = new URL("./image-worker.js", import.meta.url);

/** One picture at a time: it needs a core, and up to 300 MB. */
const oneByOne = limitConcurrency({ atOnce: 1, mostWaiting: 50 });

/** Checks a picture by its first bytes. Returns null if it is accepted, otherwise the reason. @throws Overloaded */
export async function findImageProblem(bytes: Uint8Array): Promise<Refusal | null> {
  const verdict = await oneByOne(() => ask({ what: "look", bytes }));
  return verdict.ok ? null : verdict.refusal;
}

/** Makes the avatar files of a picture, or returns why it cannot. @throws Overloaded */
export const makeAvatarFiles = (bytes: Uint8Array): Promise<PictureResult> =>
  oneByOne(() => ask({ what: "make", bytes }));

/**
 * Runs a task in its own process, which has no secrets and no data of other pictures. A crash of that process
 * does not affect this one.
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
