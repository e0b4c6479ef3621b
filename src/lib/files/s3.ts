import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { AwsClient } from "aws4fetch";
import { limitConcurrency } from "../async/concurrency.js";
import { type FileStore, readWhole } from "./storage.js";

/** Address and credentials of a bucket. */
export type BucketAddress = { folder: URL; region: string; accessKeyId: string; secretAccessKey: string };

const SECONDS = 1_000;
const WITHIN_MS = 20 * SECONDS;
/** Requests at once for many files. */
const AT_ONCE = 8;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Parses an address such as https://key:secret@s3.example.org/bucket/folder?region=eu-central-1. Returns null if it is
 * invalid. Plain http is allowed only on the local machine.
 */
export function readBucketAddress(text: string): BucketAddress | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, origin, hostname, pathname, searchParams, hash } = new URL(text);
  const isSafe = protocol === "https:" || (protocol === "http:" && LOOPBACK.includes(hostname));
  const isWhole = username && password && /^\/[^/]/.test(pathname) && !hash;
  if (!isSafe || !isWhole) return null;
  const folder = new URL(pathname.replace(/\/*$/, "/"), origin);
  const [accessKeyId, secretAccessKey] = [decoded(username), decoded(password)];
  if (accessKeyId === null || secretAccessKey === null) return null;
  return { folder, region: searchParams.get("region") ?? "us-east-1", accessKeyId, secretAccessKey };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null; // such as %zz
  }
}

/**
 * Opens a bucket of an S3-compatible server. Requests have the bucket name in the path, which every such server
 * supports.
 */
export function openBucket({ folder, region, accessKeyId, secretAccessKey }: BucketAddress): FileStore {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 2 });
  const ask = async (method: string, name: string, more: { body?: Uint8Array; type?: string } = {}) => {
    const { body = new Uint8Array(), type } = more;
    const headers = {
      "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
      ...(type && { "content-type": type }),
    };
    const init = { method, headers, signal: AbortSignal.timeout(WITHIN_MS), ...(more.body && { body }) };
    const answer = await client.fetch(new URL(name, folder), init as RequestInit);
    if (answer.ok || answer.status === 404) return answer;
    await answer.body?.cancel();
    throw new Error(`the bucket answered ${answer.status} to ${method} ${name}`);
  };

  const together = limitConcurrency({ atOnce: AT_ONCE, mostWaiting: Number.POSITIVE_INFINITY });

  const store: FileStore = {
    async put(name, bytes, type) {
      const answer = await ask("PUT", name, { body: bytes, type });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error("there is no such bucket");
    },

    async get(name) {
      const answer = await ask("GET", name);
      if (answer.ok && answer.body) {
        const content = Readable.fromWeb(answer.body as ReadableStream);
        return { content, length: Number(answer.headers.get("content-length")) };
      }
      await answer.body?.cancel();
      return null;
    },

    async remove(name) {
      const answer = await ask("DELETE", name);
      await answer.body?.cancel();
    },

    async *getMany(names) {
      const sorted = [...names].sort();
      for (let from = 0; from < sorted.length; from += AT_ONCE) {
        const some = sorted.slice(from, from + AT_ONCE);
        const read = await Promise.all(some.map((name) => readWhole(store, name)));
        for (const [n, name] of some.entries()) if (read[n]) yield { name, bytes: read[n] };
      }
    },

    async putMany(files) {
      await Promise.all(files.map(({ name, bytes, type }) => together(() => store.put(name, bytes, type))));
    },
  };
  return store;
}
