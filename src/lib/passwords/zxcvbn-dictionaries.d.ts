// Imports the word lists of @zxcvbn-ts one by one. Their index loads all of them, which doubles memory and time for
// surnames and an encyclopaedia that hardly change a result.
declare module "@zxcvbn-ts/language-*.json.mjs" {
  const words: string[];
  export default words;
}
declare module "@zxcvbn-ts/language-en/dist/wordSequences.json.mjs" {
  const sequences: Record<string, string[]>;
  export default sequences;
}
declare module "@zxcvbn-ts/language-common/dist/adjacencyGraphs.json.mjs" {
  const graphs: Record<string, Record<string, (string | null)[]>>;
  export default graphs;
}
