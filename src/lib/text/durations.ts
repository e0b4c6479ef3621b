const units = [
  { name: "day", seconds: 86_400 },
  { name: "hour", seconds: 3_600 },
  { name: "minute", seconds: 60 },
] as const;

/** Formats whole minutes in the largest unit that divides them: "30 minutes", "90 minutes", "12 hours", "1 day". */
export function formatDuration(seconds: number): string {
  const unit = units.find((one) => seconds % one.seconds === 0) ?? units[2];
  const count = Math.round(seconds / unit.seconds);
  return `${count} ${unit.name}${count === 1 ? "" : "s"}`;
}
