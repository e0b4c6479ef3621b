/** Characters that JSON leaves unescaped, but that YAML forbids or reads as the end of a line. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Quotes a text so that it is valid YAML and JSON. Nothing in it can end the line or start another field. */
const quoted = (text: string) => JSON.stringify(text).replace(UNSAFE, escaped);

/** Adds metadata to Markdown as YAML front matter, which note-taking programs and site generators read. */
export function withFrontMatter(facts: Record<string, string | Date | null>, markdown: string): string {
  const lines = Object.entries(facts).map(([name, value]) => {
    if (value === null) return `${name}: null`;
    return `${name}: ${value instanceof Date ? value.toISOString() : quoted(value)}`;
  });
  return `---\n${lines.join("\n")}\n---\n\n${markdown.trimEnd()}\n`;
}
