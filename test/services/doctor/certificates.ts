import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

// Creates real X.509 certificates (RFC 5280) with any dates, because Node can read them, but not create them.

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = "2a8648ce3d040302";
const COMMON_NAME = "550403";
const BASIC_CONSTRAINTS = "551d13";
const SUBJECT_ALT_NAME = "551d11";

/** Encodes a value in DER: tag, length, content. */
function encode(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const sequence = (...parts: Buffer[]) => encode(0x30, ...parts);
const octets = (...parts: Buffer[]) => encode(0x04, ...parts);
const oid = (hex: string) => encode(0x06, Buffer.from(hex, "hex"));
const toName = (text: string) => sequence(encode(0x31, sequence(oid(COMMON_NAME), encode(0x0c, Buffer.from(text)))));
const toTime = (at: number) =>
  encode(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, "").slice(2, 14)}Z`));
const toPem = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;

type Wanted = {
  subject: string;
  issuer: string;
  days: [from: number, to: number];
  publicKey: KeyObject;
  signer: KeyObject;
};

function createCertificate(
  { subject, issuer, days: [from, to], publicKey, signer }: Wanted,
  extension: Buffer,
): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const content = sequence(
    encode(0xa0, encode(0x02, Buffer.from([2]))), // version 3
    encode(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    toName(issuer),
    sequence(toTime(Date.now() + from * DAY_MS), toTime(Date.now() + to * DAY_MS)),
    toName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    encode(0xa3, sequence(extension)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", content, signer)]);
  return toPem(sequence(content, algorithm, encode(0x03, signature)));
}

const createKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Creates an authority. `issue` creates a certificate for a host name, valid between two days, counted from today. */
export function createAuthority() {
  const { publicKey, privateKey } = createKeys();
  const issuer = "Test authority";
  const isAuthority = sequence(oid(BASIC_CONSTRAINTS), octets(sequence(encode(0x01, Buffer.from([0xff])))));
  const own: Wanted = { subject: issuer, issuer, days: [-1, 3650], publicKey, signer: privateKey };
  return {
    /** The authority's own certificate, for NODE_EXTRA_CA_CERTS. */
    ca: createCertificate(own, isAuthority),
    issue(host: string, days: [from: number, to: number] = [-30, 60]) {
      const keys = createKeys();
      const hosts = sequence(oid(SUBJECT_ALT_NAME), octets(sequence(encode(0x82, Buffer.from(host)))));
      const wanted: Wanted = { subject: host, issuer, days, publicKey: keys.publicKey, signer: privateKey };
      return {
        cert: createCertificate(wanted, hosts),
        key: String(keys.privateKey.export({ type: "pkcs8", format: "pem" })),
      };
    },
  };
}
