/** Background colours for white letters in light and dark mode, with a contrast of at least 4.5 to 1. */
const grounds = ["#1d5a48", "#7a4a12", "#2f5475", "#6b3a5c", "#4d5a1e", "#8a3324", "#3f4a8a", "#5a4a3a"];

/** Returns the initials of a user without an avatar: one or two letters, and a colour chosen by the username. */
export function getInitials(username: string): { letters: string; ground: string } {
  const [first = "", ...others] = username.split(/[-_]+/).filter(Boolean);
  const second = others.at(-1) ?? "";
  const letters = (first.slice(0, 1) + second.slice(0, 1)).toUpperCase();
  const sum = [...username.toLowerCase()].reduce((so, letter) => (so * 31 + letter.charCodeAt(0)) % 65_521, 7);
  return { letters, ground: grounds[sum % grounds.length] ?? "" };
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Draws the initials as an SVG. */
export function drawInitials(username: string): string {
  const { letters, ground } = getInitials(username);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="192" height="192"><rect width="64" height="64" fill="${ground}"/><text x="32" y="32" dy=".35em" text-anchor="middle" font-family="system-ui, sans-serif" font-size="26" font-weight="600" fill="#ffffff">${escaped(letters)}</text></svg>\n`;
}
