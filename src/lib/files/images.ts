import { type ChildProcess, fork } from "node:child_process";
import { limitConcurrency } from "../async/concurrency.js";

/** The squares that are made of a picture: the length of a side in pixels. */
export const avatarSizes = [64, 192, 512] as const;
export const imageTypes = ["webp", "jpg"] as const;
export type ImageType = (typeof imageTypes)[number];
export type AvatarFile = { size: number; type: ImageType; bytes: Uint8Array };

export const MOST_PIXELS = 40_000_000;

/** Why a picture cannot be had. */
export const refusals = ["unknown", "heic", "too-many-pixels", "too-oblong", "broken"] as const;
export type Refusal = (typeof refusals)[number];
export type ImageTask = { what: "look" | "make"; bytes: Uint8Array };
export type PictureResult = { ok: true; files: AvatarFile[] } | { ok: false; refusal: Refusal };

const SECONDS = 1_000;
/** A decoder that takes longer is stuck. */
const WITHIN_MS = 30 * SECONDS;
const WORKER = new URL("./image-worker.js", import.meta.url);

/** One picture at a time: it takes a core, and up to 300 MB. */
const oneByOne = limitConcurrency({ atOnce: 1, mostWaiting: 50 });

/** Whether this is a picture we take, told by its first bytes alone: null, or why not. @throws Overloaded */
export async function findImageProblem(bytes: Uint8Array): Promise<Refusal | null> {
  const verdict = await oneByOne(() => ask({ what: "look", bytes }));
  return verdict.ok ? null : verdict.refusal;
}

/** Decodes a picture and makes ours of it, or says why not. @throws Overloaded */
export const makeAvatarFiles = (bytes: Uint8Array): Promise<PictureResult> =>
  oneByOne(() => ask({ what: "make", bytes }));

/**
 * Hands a task to a process of its own, which knows no secret and nothing of the last picture. Whatever becomes of that process,
 * ours goes on.
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
