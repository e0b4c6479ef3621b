import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after } from "node:test";

const QUESTION_AT = 12;
const TXT = 16;
const ONE = Buffer.from([0, 1]);
const NXDOMAIN = 3;

/**
 * A DNS server on the loopback interface (RFC 1035) that knows TXT records. A name with others below it exists and has
 * no records (RFC 8020). While `isSilent` is true, it does not answer.
 */
export async function dnsServer() {
  const state = { records: {} as Record<string, string[]>, isSilent: false, address: "" };
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  state.address = `127.0.0.1:${socket.address().port}`;
  socket.on("message", (message, { port, address }) => {
    if (!state.isSilent) socket.send(answer(message, state.records), port, address);
  });
  after(() => socket.close());
  return state;
}

function answer(message: Buffer, records: Record<string, string[]>): Buffer {
  const { name, end } = readName(message);
  const question = message.subarray(QUESTION_AT, end);
  const found = message.readUInt16BE(end - 4) === TXT ? (records[name] ?? []) : [];
  const exists = Object.keys(records).some((one) => one === name || one.endsWith(`.${name}`));
  const header = Buffer.alloc(QUESTION_AT);
  message.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8580 | (exists ? 0 : NXDOMAIN), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  return Buffer.concat([header, question, ...found.map(toRecord)]);
}

function readName(message: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = QUESTION_AT;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 + 4 };
}

/** Encodes a TXT record for the name of the question. Long texts are split, as in real zones. */
function toRecord(text: string): Buffer {
  const parts = text.match(/.{1,200}/gs) ?? [""];
  const data = Buffer.concat(
    parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part, "latin1")])),
  );
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16BE(TXT, 0);
  ONE.copy(fixed, 2);
  return Buffer.concat([Buffer.from([0xc0, QUESTION_AT]), fixed, toLength(data), data]);
}

function toLength({ length }: Buffer): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(length);
  return bytes;
}
