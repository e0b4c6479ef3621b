import { type ChildProcess, fork } from "node:child_process";
import { limitConcurrency } from "../async/concurrency.js";

/** The squares that are made of a picture: the length of a side in pixels. */
export const pictureSizes = [64, 192, 512] as const;
export const pictureTypes = ["webp", "jpg"] as const;
export type PictureType = (typeof pictureTypes)[number];
export type PictureFile = { size: number; type: PictureType; bytes: Uint8Array };

export const MOST_PIXELS = 40_000_000;

/** Why a picture cannot be had. */
export const refusals = ["unknown", "heic", "too-many-pixels", "too-oblong", "broken"] as const;
export type Refusal = (typeof refusals)[number];
export type PictureTask = { what: "look" | "make"; bytes: Uint8Array };
export type PictureResult = { ok: true; files: PictureFile[] } | { ok: false; refusal: Refusal };

const SECONDS = 1_000;
/** A decoder that takes longer is stuck. */
const WITHIN_MS = 30 * SECONDS;
const WORKER = new URL("./image-worker.js", import.meta.url);

/** One picture at a time: it takes a core, and up to 300 MB. */
const oneByOne = limitConcurrency({ atOnce: 1, mostWaiting: 50 });

/** Whether this is a picture we take, told by its first bytes alone: null, or why not. @throws Overloaded */
export async function refusalOf(bytes: Uint8Array): Promise<Refusal | null> {
  const verdict = await oneByOne(() => ask({ what: "look", bytes }));
  return verdict.ok ? null : verdict.refusal;
}

/** Decodes a picture and makes ours of it, or says why not. @throws Overloaded */
export const makePictures = (bytes: Uint8Array): Promise<PictureResult> => oneByOne(() => ask({ what: "make", bytes }));

/**
 * Hands a task to a process of its own, which knows no secret and nothing of the last picture. Whatever becomes of that process,
 * ours goes on.
 */
async function ask(task: PictureTask): Promise<PictureResult> {
  const child = fork(WORKER, {
    env: {},
    execArgv: ["--max-old-space-size=64"],
    serialization: "advanced",
    stdio: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), WITHIN_MS);
  try {
    return await answerOf(child, task);
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

function answerOf(child: ChildProcess, task: PictureTask): Promise<PictureResult> {
  return new Promise((resolve, reject) => {
    child.once("message", (verdict: PictureResult) => resolve(verdict));
    child.once("exit", () => resolve({ ok: false, refusal: "broken" }));
    child.once("error", reject);
    child.send(task, (error) => error && resolve({ ok: false, refusal: "broken" }));
  });
}
