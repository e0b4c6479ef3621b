import type { Response } from "express";

/** Sends a text. Like `res.send`, but writes the headers and the body at once. @param type its media type */
export function sendText(res: Response, type: string, text: string): void {
  const body = Buffer.from(text); // encoded once, for the length and the socket
  res.setHeader("Content-Type", `${type}; charset=utf-8`);
  res.setHeader("Content-Length", body.length);
  res.end(body);
}
