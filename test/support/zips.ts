import { text } from "node:stream/consumers";
import { fromBuffer } from "yauzl";

/** Reads the files of a ZIP archive, by path. yauzl refuses paths that lead out of the folder. */
export function unzipped(zip: Buffer): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true, strictFileNames: true }, (problem, file) => {
      if (problem) return reject(problem);
      const found = new Map<string, string>();
      file.on("error", reject);
      file.on("end", () => resolve(found));
      file.on("entry", (entry) => {
        file.openReadStream(entry, (error, stream) => {
          if (error) return reject(error);
          text(stream).then((content) => {
            found.set(entry.fileName, content);
            file.readEntry();
          }, reject);
        });
      });
      file.readEntry();
    });
  });
}
