import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { isDeepStrictEqual } from "node:util";
import { createGunzip } from "node:zlib";
import {
  AGE_HEADER_BYTES,
  type AgeKey,
  decryptStream,
  type Encryption,
  findEncryption,
  WrongAgeKey,
} from "../../../lib/files/age.js";
import { type ArchiveEntry, readArchive } from "../../../lib/files/archive.js";
import { createContentTally, HEADER, MANIFEST, parseEntryName, SIGNATURE } from "./content.js";
import { BackupRefused, isSignedManifest, type Manifest, readHeader } from "./manifest.js";

/** Takes the content of a backup, in its order. */
export type BackupReceiver = {
  documents(collection: string, documents: Buffer[]): Promise<void>;
  avatar(name: string, bytes: Buffer): Promise<void>;
};

/** Takes nothing: for reading a backup only to check it. */
export const nowhere: BackupReceiver = { documents: async () => undefined, avatar: async () => undefined };

type Tally = ReturnType<typeof createContentTally>;

/** The shortest BSON document is its length and a final zero. */
const SHORTEST_BSON = 5;

/** The receiver failed, not the backup. The cause is its error. */
class ReceiverFailed extends Error {}

/** Returns how a file is encrypted, or null. @throws Error if it cannot be read */
export async function detectEncryption(file: string): Promise<Encryption | null> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(AGE_HEADER_BYTES), 0, AGE_HEADER_BYTES, 0);
    return findEncryption(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole backup and checks it: that it is complete, that nothing in it was changed, and that its secrets are those of
 * this installation. `receiver` gets the content before all of that is known.
 * @param key decrypts it, or null
 * @throws BackupRefused, and errors of `receiver`
 */
export async function readBackup(file: string, key: AgeKey | null, receiver: BackupReceiver): Promise<Manifest> {
  const entries = readArchive(unpack(file, key));
  try {
    return await readAll(entries, receiver);
  } catch (error) {
    throw explain(error);
  } finally {
    await entries.return(undefined);
  }
}

async function* unpack(file: string, key: AgeKey | null): AsyncGenerator<Uint8Array> {
  const stored = createReadStream(file);
  const unzipped = createGunzip();
  pipeline(key ? decryptStream(stored, key) : stored, unzipped).catch(() => undefined); // the next line throws the same
  yield* unzipped;
}

async function readAll(entries: AsyncGenerator<ArchiveEntry>, receiver: BackupReceiver): Promise<Manifest> {
  const readNext = async (name: string) => {
    const { value } = await entries.next();
    if (value?.name !== name) throw new Error(`${name} is missing`);
    return value.bytes as Buffer;
  };
  const header = readHeader(await readNext(HEADER));
  const tally = createContentTally();
  let next = await entries.next();
  for (; !next.done && next.value.name !== MANIFEST; next = await entries.next()) {
    await receive(next.value, tally, receiver);
  }
  if (next.done) throw new Error(`${MANIFEST} is missing`);
  const stored = next.value.bytes;
  if (!isSignedManifest(stored, String(await readNext(SIGNATURE)))) throw new Error("its signature is wrong");
  const manifest = { ...header, ...tally.read() };
  if (!isDeepStrictEqual(completeManifest(JSON.parse(String(stored))), manifest))
    throw new Error("its content is not what it says");
  if (!(await entries.next()).done) throw new Error("it continues after its end");
  return manifest;
}

/** Adds the collections that this version has in addition to the version that made the backup. They are empty. */
function completeManifest(stored: Manifest): Manifest {
  return { ...stored, collections: { ...createContentTally().read().collections, ...stored.collections } };
}

async function receive({ name, bytes }: ArchiveEntry, tally: Tally, receiver: BackupReceiver): Promise<void> {
  const entry = parseEntryName(name);
  if (!entry) throw new Error(`it contains ${name}`);
  if ("avatar" in entry) {
    tally.addAvatar(entry.avatar, bytes);
    return run(receiver.avatar(entry.avatar, bytes));
  }
  const documents = splitDocuments(bytes);
  tally.addDocuments(entry.collection, documents);
  return run(receiver.documents(entry.collection, documents));
}

const run = (work: Promise<void>): Promise<void> =>
  work.catch((cause: unknown) => {
    throw new ReceiverFailed("", { cause });
  });

/** Splits documents that follow each other. Each begins with its length. @throws Error if they do not add up */
function splitDocuments(bytes: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + SHORTEST_BSON > bytes.length ? 0 : bytes.readInt32LE(at);
    if (length < SHORTEST_BSON || at + length > bytes.length) throw new Error("a document is cut off");
    documents.push(bytes.subarray(at, at + length));
    at += length;
  }
  return documents;
}

function explain(error: unknown): unknown {
  if (error instanceof ReceiverFailed) return error.cause;
  if (error instanceof BackupRefused || (error as NodeJS.ErrnoException).syscall) return error;
  if (error instanceof WrongAgeKey)
    return new BackupRefused("This key or passphrase does not open the backup.", { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new BackupRefused(`The backup is damaged or incomplete (${reason}). Use another one.`, { cause: error });
}
