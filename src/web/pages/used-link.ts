import type { Response } from "express";

type Done = { title?: string; text: string; to: string; button: string };

/** Shows the result of a mailed link that was already used. */
export function showDone(res: Response, { title = "This is done", ...done }: Done): void {
  res.render("auth/mailed-links/done", { title, ...done });
}
