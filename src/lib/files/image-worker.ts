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

// Runs in a separate process that handles one picture and exits. All uploads are decoded here, because this process
// knows no secrets and a crash of a decoder affects nothing else (docs/decisions/0016-pictures.md).

/** Maximum ratio of the longest side to the shortest; a picture beyond it is only a line. */
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

/** Returns the problem with a picture that its first bytes reveal, or null. */
async function look(bytes: Uint8Array): Promise<Refusal | null> {
  const { format, width, height, compression } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  if (!["jpeg", "png", "webp", "heif"].includes(format)) return "unknown";
  if (format === "heif" && compression !== "av1" && AVIF_ONLY) return "heic";
  if (width * height > MOST_PIXELS) return "too-many-pixels";
  if (Math.max(width, height) > MOST_OBLONG * Math.min(width, height)) return "too-oblong";
  return null;
}

/**
 * Decodes a picture once, rotates it upright, and crops squares from its middle. Metadata and trailing data are
 * dropped.
 */
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

/**
 * Lowers the priority of this process: pages come first, and if memory runs out, the kernel kills this process first.
 */
function stepBack(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  if (process.platform === "linux") writeFileSync("/proc/self/oom_score_adj", "1000");
}

stepBack();
// Ctrl-C reaches the whole process group. Only the parent process decides what to do.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
// If the parent process is killed, nothing needs the result, and nothing would stop a stuck decoder.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.once("message", (task: ImageTask) => {
  void work(task).then((verdict) => process.send?.(verdict, () => process.disconnect()));
});
