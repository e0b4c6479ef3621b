import { type Response, Router } from "express";
import { NotFound } from "../errors.js";
import { drawInitials } from "../lib/text/initials.js";
import { User } from "../models/user.js";
import { avatarStore } from "../services/avatar/storage.js";
import { sendStream } from "../web/server/send-stream.js";

/** Avatar files. They are the same for everyone, so there are no sessions and no cookies. */
export const avatarFiles = Router();
/** A user's avatar by username. */
export const avatars = Router();

const NAME = /^[0-9a-f]{32}-(?:64|192|512)\.(webp|jpg)$/;
const types: Record<string, string> = { webp: "image/webp", jpg: "image/jpeg" };
const A_YEAR = "public, max-age=31536000, immutable";
const A_MINUTE = "public, max-age=60";

avatarFiles.get("/:name", async (req, res) => {
  const [name, type = ""] = NAME.exec(req.params.name) ?? [];
  const file = name ? await avatarStore.get(`pictures/${name}`) : null;
  if (!file) throw new NotFound();
  setImageHeaders(res, types[type] ?? "", A_YEAR);
  res.setHeader("Content-Length", file.length);
  if (req.method === "HEAD") {
    file.content.destroy();
    return void res.end();
  }
  await sendStream(res, file.content);
});

avatars.get("/:username/avatar", async (req, res) => {
  const person = await User.findPublic(req.params.username);
  if (!person) throw new NotFound();
  if (person.picture) {
    const type = req.accepts(["image/jpeg", "image/webp"]) === "image/webp" ? "webp" : "jpg";
    res.vary("Accept").setHeader("Cache-Control", A_MINUTE);
    return res.redirect(302, `/pictures/${person.picture}-192.${type}`);
  }
  setImageHeaders(res, "image/svg+xml", A_MINUTE);
  res.end(drawInitials(person.username));
});

/** Sets headers that make any content harmless: browsers display it as this type and run no code in it. */
function setImageHeaders(res: Response, type: string, caching: string): void {
  res.setHeader("Content-Type", type);
  res.setHeader("Cache-Control", caching);
  res.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
}
