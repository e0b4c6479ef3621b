import type { ArchiveEntry } from "../../../lib/files/archive.js";
import type { FileStore } from "../../../lib/files/storage.js";
import { listAvatarFiles } from "../../../models/backup/avatar-files.js";
import { AVATARS, keptCollections } from "../../../models/backup/collections.js";
import { readParts, type Snapshot } from "../../../models/backup/read.js";
import { type Amount, createTally } from "./manifest.js";

/** Records whose files are read together. */
const RECORDS_AT_ONCE = 16;
const PART_DIGITS = 6;

/** The names of the files of a backup that are neither documents nor avatars: the first one, and the last two. */
export const HEADER = "postern.json";
export const MANIFEST = "manifest.json";
export const SIGNATURE = "manifest.hmac";

/** What a backup contains. */
export type Content = { collections: Record<string, Amount>; avatars: Amount };

/** The name of a file of a backup: a part of a collection, or the file of an avatar. */
const namePart = (collection: string, n: number) =>
  `collections/${collection}/${String(n).padStart(PART_DIGITS, "0")}.bson`;
const PART = /^collections\/([a-z]+)\/\d{6,}\.bson$/;
const AVATAR_FILE = /^avatars\/((?:originals|pictures)\/[\w.-]+)$/;

/** Returns what a file of a backup is; null if a backup has no such file. */
export function parseEntryName(name: string): { collection: string } | { avatar: string } | null {
  const [, collection] = PART.exec(name) ?? [];
  if (collection && keptCollections.includes(collection)) return { collection };
  const [, avatar] = AVATAR_FILE.exec(name) ?? [];
  return avatar ? { avatar } : null;
}

/** Counts and hashes the parts of a backup, the same way when it is made and when it is read. */
export function createContentTally() {
  const collections = new Map(keptCollections.map((name) => [name, createTally()]));
  const avatars = createTally();
  return {
    addDocuments(name: string, documents: Buffer[]) {
      for (const document of documents) collections.get(name)?.add(document);
    },
    addAvatar(name: string, bytes: Buffer) {
      avatars.add(Buffer.from(`${name}\0${bytes.length}\0`), bytes);
    },
    read: (): Content => ({
      collections: Object.fromEntries([...collections].map(([name, tally]) => [name, tally.read()])),
      avatars: avatars.read(),
    }),
  };
}

/**
 * Reads everything that belongs in a backup. The files of avatars follow directly after their records, so that few
 * of them are deleted in between.
 */
export async function* readContent(
  snapshot: Snapshot,
  store: FileStore,
  tally: ReturnType<typeof createContentTally>,
): AsyncGenerator<ArchiveEntry> {
  for (const name of keptCollections) {
    let n = 0;
    for await (const documents of readParts(name, snapshot)) {
      n += 1;
      tally.addDocuments(name, documents);
      yield { name: namePart(name, n), bytes: Buffer.concat(documents) };
      if (name === AVATARS) yield* readAvatarFiles(documents, snapshot, store, tally);
    }
  }
}

async function* readAvatarFiles(
  records: Buffer[],
  snapshot: Snapshot,
  store: FileStore,
  tally: ReturnType<typeof createContentTally>,
): AsyncGenerator<ArchiveEntry> {
  for (let from = 0; from < records.length; from += RECORDS_AT_ONCE) {
    const names = listAvatarFiles(records.slice(from, from + RECORDS_AT_ONCE));
    for await (const { name, bytes } of store.getMany(names, snapshot)) {
      tally.addAvatar(name, bytes);
      yield { name: `avatars/${name}`, bytes };
    }
  }
}
