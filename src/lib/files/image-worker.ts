import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import sharp from "sharp";
import {
  type AvatarFile,
  avatarSizes,
  type ImageTask,
  MOST_PIXELS,
  type PictureResult,
  type Refusal,
} from "./images.js";

// The program of a process that looks at one picture and ends. Everything that strangers send is taken apart here, where there is no
// secret, and where a fault of a decoder ends nothing else (docs/decisions/0016-pictures.md).

/** A picture that is longer than this many times its width is a line. */
const MOST_OBLONG = 20;
const QUALITY = { webp: 80, jpg: 82 };
const AVIF_ONLY = !sharp.format.heif.input.fileSuffix?.includes(".heic");

sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["Jpeg", "Png", "Webp", "Heif"].map((format) => `VipsForeignLoad${format}Buffer`),
});

const open = (bytes: Uint8Array) =>
  sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "error", sequentialRead: true, pages: 1, autoOrient: true });

/** What is wrong with a picture, as far as its first bytes tell. */
async function look(bytes: Uint8Array): Promise<Refusal | null> {
  const { format, width, height, compression } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  if (!["jpeg", "png", "webp", "heif"].includes(format)) return "unknown";
  if (format === "heif" && compression !== "av1" && AVIF_ONLY) return "heic";
  if (width * height > MOST_PIXELS) return "too-many-pixels";
  if (Math.max(width, height) > MOST_OBLONG * Math.min(width, height)) return "too-oblong";
  return null;
}

/** Decodes a picture once, upright, and makes squares of its middle: no metadata, nothing that came after the picture. */
async function make(bytes: Uint8Array): Promise<AvatarFile[]> {
  const largest = Math.max(...avatarSizes);
  const { data, info } = await open(bytes)
    .resize(largest, largest, { fit: "cover" })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const files: AvatarFile[] = [];
  for (const size of avatarSizes) {
    const square = sharp(data, { raw }).resize(size, size);
    files.push({ size, type: "webp", bytes: await square.clone().webp({ quality: QUALITY.webp }).toBuffer() });
    files.push({
      size,
      type: "jpg",
      bytes: await square.clone().jpeg({ quality: QUALITY.jpg, mozjpeg: true }).toBuffer(),
    });
  }
  return files;
}

async function work({ bytes, what }: ImageTask): Promise<PictureResult> {
  try {
    const refusal = await look(bytes);
    if (refusal) return { ok: false, refusal };
  } catch {
    return { ok: false, refusal: "unknown" };
  }
  if (what === "look") return { ok: true, files: [] };
  try {
    return { ok: true, files: await make(bytes) };
  } catch {
    return { ok: false, refusal: "broken" };
  }
}

/** Pages come first; and when memory runs out, this process is the one to go. */
function stepBack(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  if (process.platform === "linux") writeFileSync("/proc/self/oom_score_adj", "1000");
}

stepBack();
// Ctrl-C reaches the whole group; the process that waits for this one decides.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
// When that one is killed, nobody waits any more, nor would end a decoder that is stuck.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.once("message", (task: ImageTask) => {
  void work(task).then((verdict) => process.send?.(verdict, () => process.disconnect()));
});
