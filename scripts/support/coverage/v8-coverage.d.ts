/** The package contains no types. */
declare module "@bcoe/v8-coverage" {
  export interface ScriptCoverage {
    scriptId: string;
    url: string;
    functions: {
      functionName: string;
      isBlockCoverage: boolean;
      ranges: { startOffset: number; endOffset: number; count: number }[];
    }[];
  }
  export function mergeProcessCovs(processes: { result: ScriptCoverage[] }[]): { result: ScriptCoverage[] };
}
