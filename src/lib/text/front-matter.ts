/** Characters that JSON leaves as they are and YAML does not allow, or takes for the end of a line. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Text in double quotes, as YAML and JSON both read it: nothing in it can end the line or begin another field. */
const quoted = (text: string) => JSON.stringify(text).replace(UNSAFE, escaped);

/** Markdown with its facts on top, as programs for notes and sites read it (YAML front matter). */
export function withFrontMatter(facts: Record<string, string | Date | null>, markdown: string): string {
  const lines = Object.entries(facts).map(([name, value]) => {
    if (value === null) return `${name}: null`;
    return `${name}: ${value instanceof Date ? value.toISOString() : quoted(value)}`;
  });
  return `---\n${lines.join("\n")}\n---\n\n${markdown.trimEnd()}\n`;
}
