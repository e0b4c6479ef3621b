import type { Request, Response } from "express";
import { clearCookie, readCookie, setCookie } from "../cookies.js";

export type Flash = { kind: "success" | "info" | "error"; text: string };

/** Shows a message on the next page. It is in a signed cookie, so it needs no session write and survives a logout. */
export function flash(res: Response, kind: Flash["kind"], text: string): void {
  setCookie(res, "flash", JSON.stringify({ kind, text }));
}

/** Shows a message on the page that this request renders. */
export function flashNow(res: Response, kind: Flash["kind"], text: string): void {
  res.locals.flash = { kind, text } satisfies Flash;
}

/** Returns the message to show now, from this request or from the previous page, and removes it. */
export function takeFlash(req: Request, res: Response): Flash | null {
  if (res.locals.flash) return res.locals.flash as Flash;
  const value = readCookie(req, res, "flash");
  if (value === null) return null;
  clearCookie(res, "flash");
  return JSON.parse(value) as Flash;
}
