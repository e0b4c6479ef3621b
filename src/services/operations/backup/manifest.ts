import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { config, root } from "../../../config/index.js";
import { deriveSecret, isSameSecret } from "../../../lib/secrets.js";

/** How much a backup has of one kind: documents or files, their bytes, and the SHA-256 of all of them in order. */
export type Amount = { count: number; bytes: number; sha256: string };

/** The first file of a backup. It says whether this installation can use the rest. */
export type Header = {
  format: typeof FORMAT;
  formatVersion: number;
  /** The version of the app. */
  postern: string;
  createdAt: string;
  /** True if all documents are as of `createdAt`. Otherwise each is as of some time during the backup. */
  isSnapshot: boolean;
  /** Derived from the secrets, so that a restore recognizes them. The secrets cannot be computed from them. */
  keys: { passwordPepper: string; factorKeys: string[] };
};

/** The last file but one. The last one is its HMAC, by a key that is derived from the password pepper. */
export type Manifest = Header & { collections: Record<string, Amount>; avatars: Amount };

/** This installation must not, or cannot, restore the backup. */
export class BackupRefused extends Error {
  override name = "BackupRefused";
}

const FORMAT = "postern-backup";
const FORMAT_VERSION = 1;

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const createCanary = (secret: string) => deriveSecret(secret, "backup canary");

/** Describes a backup that begins now. */
export const createHeader = (isSnapshot: boolean): Header => ({
  format: FORMAT,
  formatVersion: FORMAT_VERSION,
  postern: version,
  createdAt: new Date().toISOString(),
  isSnapshot,
  keys: { passwordPepper: createCanary(config.passwordPepper), factorKeys: config.factorKeys.map(createCanary) },
});

/** Counts and hashes what passes by. */
export function createTally() {
  const hash = createHash("sha256");
  let [count, bytes] = [0, 0];
  return {
    add(...parts: Uint8Array[]) {
      for (const part of parts) hash.update(part);
      count += 1;
      bytes += parts.at(-1)?.length ?? 0;
    },
    read: (): Amount => ({ count, bytes, sha256: hash.copy().digest("hex") }),
  };
}

/** Signs a manifest, so that only those who know the pepper can change a backup without being noticed. */
export const signManifest = (manifest: Buffer): string =>
  createHmac("sha256", deriveSecret(config.passwordPepper, "backup manifest")).update(manifest).digest("hex");

/** Returns true if the pepper of this installation signed the manifest. */
export const isSignedManifest = (manifest: Buffer, signature: string): boolean =>
  isSameSecret(signManifest(manifest), signature);

/** Reads the header of a backup. @throws BackupRefused if this installation cannot restore it */
export function readHeader(bytes: Buffer): Header {
  const header = JSON.parse(bytes.toString()) as Header;
  if (header.format !== FORMAT) throw new BackupRefused("This is not a backup of Postern.");
  if (header.formatVersion !== FORMAT_VERSION || isNewer(header.postern))
    throw new BackupRefused(
      `Postern ${header.postern} made this backup; this is ${version}. Restore it with ${header.postern} or newer.`,
    );
  if (header.keys.passwordPepper !== createCanary(config.passwordPepper))
    throw new BackupRefused(
      "PASSWORD_PEPPER is not the one of this backup, so no password would match. Set it to the pepper of the installation that made the backup.",
    );
  const known = config.factorKeys.map(createCanary);
  if (!header.keys.factorKeys.every((canary) => known.includes(canary)))
    throw new BackupRefused(
      "FACTOR_KEY lacks a key of this backup, so second factors would not work. Set it to all keys of the installation that made the backup.",
    );
  return header;
}

function isNewer(other: string): boolean {
  const order = new Intl.Collator("en", { numeric: true });
  return order.compare(other.split("-")[0] ?? "", version.split("-")[0] ?? "") > 0;
}
