import { Readable } from "node:stream";
import { loadLater } from "../load-later.js";

const age = loadLater<typeof import("age-encryption")>("age-encryption");

/** How a file is encrypted. */
export type Encryption = "passphrase" | "recipients";
/** How to encrypt: for the owners of these public keys, or with a passphrase. */
export type AgeLock = { recipients: string[] } | { passphrase: string };
/** How to decrypt: with one of these private keys, or with a passphrase. */
export type AgeKey = { identities: string[] } | { passphrase: string };

/** The key does not open the file. */
export class WrongAgeKey extends Error {
  override name = "WrongAgeKey";
}

const BEGINNING = "age-encryption.org/v1\n";

/** The number of bytes that `findEncryption` needs. */
export const AGE_HEADER_BYTES = BEGINNING.length + "-> scrypt".length;

/** Returns how a file is encrypted, judging by its first bytes; null if it is not. */
export function findEncryption(first: Uint8Array): Encryption | null {
  const text = Buffer.from(first).toString("latin1");
  if (!text.startsWith(BEGINNING)) return null;
  return text.startsWith("-> scrypt", BEGINNING.length) ? "passphrase" : "recipients";
}

/** Returns true if a text is a public key of age. */
export function isAgeRecipient(text: string): boolean {
  try {
    new (age().Encrypter)().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/** Encrypts a stream in the format of age (https://age-encryption.org/v1). */
export async function* encryptStream(content: AsyncIterable<Uint8Array>, lock: AgeLock): AsyncGenerator<Uint8Array> {
  const encrypter = new (age().Encrypter)();
  if ("passphrase" in lock) encrypter.setPassphrase(lock.passphrase);
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  yield* (await encrypter.encrypt(toStream(content))) as unknown as AsyncIterable<Uint8Array>;
}

/** Decrypts a stream. @throws WrongAgeKey; Error if it is damaged or cut off */
export async function* decryptStream(content: AsyncIterable<Uint8Array>, key: AgeKey): AsyncGenerator<Uint8Array> {
  const decrypter = new (age().Decrypter)();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else for (const identity of key.identities) decrypter.addIdentity(identity);
  const plain = await decrypter.decrypt(toStream(content)).catch((error: unknown) => {
    if (/no identity matched/.test(String(error))) throw new WrongAgeKey("no key matches", { cause: error });
    throw error;
  });
  yield* plain as unknown as AsyncIterable<Uint8Array>;
}

const toStream = (content: AsyncIterable<Uint8Array>) =>
  Readable.toWeb(Readable.from(content, { objectMode: false })) as ReadableStream<Uint8Array>;
