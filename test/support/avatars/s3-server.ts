import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

/**
 * Starts a server for the part of S3 that we use: PUT, GET and DELETE of an object. It computes the signature of each
 * request (AWS Signature Version 4) itself, and refuses requests whose signature or body does not match.
 */
export async function s3Server({ secret }: { secret: string }) {
  const objects = new Map<string, { bytes: Buffer; type: string }>();
  const refused: string[] = [];
  const server = createServer(async (req, res) => {
    const bytes = Buffer.concat(await req.toArray());
    const path = new URL(req.url ?? "", "http://x").pathname;
    if (!isSigned(req, path, bytes, secret)) {
      refused.push(path);
      return res.writeHead(403).end();
    }
    if (req.method === "PUT") objects.set(path, { bytes, type: req.headers["content-type"] ?? "" });
    if (req.method === "DELETE") objects.delete(path);
    const found = objects.get(path);
    if (req.method !== "GET") return res.writeHead(req.method === "PUT" ? 200 : 204).end();
    if (!found) return res.writeHead(404).end("<Error/>");
    res.writeHead(200, { "content-length": found.bytes.length }).end(found.bytes);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, objects, refused };
}

function isSigned({ method, headers }: IncomingMessage, path: string, bytes: Buffer, secret: string): boolean {
  const [, scope = "", names = "", given = ""] =
    /Credential=[^/]+\/(\S+), ?SignedHeaders=(\S+), ?Signature=(\w+)/.exec(headers.authorization ?? "") ?? [];
  const body = String(headers["x-amz-content-sha256"]);
  if (body !== sha256(bytes)) return false;
  const lines = names.split(";").map((name) => `${name}:${headers[name]}\n`);
  const canonical = [method, path, "", lines.join(""), names, body].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<Buffer | string>((so, part) => hmac(so, part), `AWS4${secret}`);
  return hmac(key, toSign).toString("hex") === given;
}
