import type { Response } from "express";

const policy = "Content-Security-Policy";
const rules = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "sandbox allow-popups allow-popups-to-escape-sandbox",
];

/** Lets a page show another page of ours in a frame. */
export function allowFrames(res: Response): void {
  res.setHeader(policy, `${res.getHeader(policy)};frame-src 'self'`);
}

/** Sends HTML with its own styles for one of our frames. It cannot run scripts, load anything or send anything. */
export function sendIntoFrame(res: Response, html: string): void {
  res.setHeader(policy, rules.join(";"));
  res.setHeader("X-Frame-Options", "SAMEORIGIN");
  res.type("html").send(html.replace("<head>", '<head><base target="_blank">'));
}
