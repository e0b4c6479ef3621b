import type { Finding } from "../../src/services/operations/doctor/finding.js";
import { countFindings, type Report } from "../../src/services/operations/doctor/run.js";

const signs: Record<Finding["kind"], string> = { ok: "✓", warning: "!", problem: "✗", "not checked": "–" };

/** Formats a report for a terminal. */
export function formatReport(report: Report): string {
  const checks = report.results.map(({ check, findings }) => [check, ...findings.map(formatFinding)].join("\n"));
  return [...checks, formatCounts(report)].join("\n\n");
}

function formatFinding(finding: Finding): string {
  const lines = [`  ${signs[finding.kind]} ${finding.what}`];
  if ("why" in finding) lines.push(`      ${finding.kind === "not checked" ? "Not checked" : "Why"}: ${finding.why}`);
  if ("remedy" in finding) lines.push(`      Remedy: ${finding.remedy}`);
  return lines.join("\n");
}

function formatCounts(report: Report): string {
  const { problem, warning, ok, "not checked": skipped } = countFindings(report);
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return `${count(problem, "problem")}, ${count(warning, "warning")}, ${ok} ok, ${skipped} not checked`;
}
