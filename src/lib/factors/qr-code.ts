import encodeQR from "qr";

/** Returns a QR code as an SVG image without colors, so that the stylesheet decides them. */
export const drawQrCode = (text: string): string => encodeQR(text, "svg", { ecc: "medium", border: 4 });
