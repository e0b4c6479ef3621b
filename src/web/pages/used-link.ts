import type { Response } from "express";

type Done = { title?: string; text: string; to: string; button: string };

/** Shows of a link that did its work before what it did: its button was pressed, and it was opened once more. */
export function showDone(res: Response, { title = "This is done", ...done }: Done): void {
  res.render("auth/mailed-links/done", { title, ...done });
}
