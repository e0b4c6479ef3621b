import { loadLater } from "../load-later.js";

const qr = loadLater<typeof import("qr")>("qr");

/** Returns a QR code as an SVG image without colors, so that the stylesheet decides them. */
export const drawQrCode = (text: string): string => qr().default(text, "svg", { ecc: "medium", border: 4 });
