import type { Request, Response } from "express";
import { clearCookie, readCookie, setCookie } from "../cookies.js";

export type Flash = { kind: "success" | "info" | "error"; text: string };

/** Says something on the next page. It travels in a signed cookie, so it costs no session write and outlives logout. */
export function flash(res: Response, kind: Flash["kind"], text: string): void {
  setCookie(res, "flash", JSON.stringify({ kind, text }));
}

/** Says something on the page that this request draws. */
export function flashNow(res: Response, kind: Flash["kind"], text: string): void {
  res.locals.flash = { kind, text } satisfies Flash;
}

/** What this page is to say, or what the page before wanted said, once. */
export function takeFlash(req: Request, res: Response): Flash | null {
  if (res.locals.flash) return res.locals.flash as Flash;
  const value = readCookie(req, res, "flash");
  if (value === null) return null;
  clearCookie(res, "flash");
  return JSON.parse(value) as Flash;
}
