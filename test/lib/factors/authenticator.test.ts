import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import sharp from "sharp";
import { findStep, toAuthenticatorKey, toAuthenticatorUri } from "../../../src/lib/factors/authenticator.js";
import { drawQrCode } from "../../../src/lib/factors/qr-code.js";
import { unlessInstalled } from "../../support/processes/tools.js";

/** Key and codes of RFC 6238, appendix B, for SHA-1. An app with six digits shows the last six of them. */
const rfcKey = toAuthenticatorKey(Buffer.from("12345678901234567890"));
const rfcCodes: [seconds: number, code: string][] = [
  [59, "94287082"],
  [1111111109, "07081804"],
  [1111111111, "14050471"],
  [1234567890, "89005924"],
  [2000000000, "69279037"],
  [20000000000, "65353130"],
];

describe("codes of an authenticator app", () => {
  for (const [seconds, code] of rfcCodes)
    test(`RFC 6238, appendix B, at ${seconds} s`, () => {
      assert.equal(findStep(rfcKey, code.slice(-6), seconds * 1000), Math.floor(seconds / 30));
    });

  test("a code is right one step earlier and later, and at no other time", () => {
    const [at, step] = [1_234_567_890_000, 41_152_263];
    for (const [drift, expected] of [
      [-60, null],
      [-30, step],
      [0, step],
      [30, step],
      [60, null],
    ] as const)
      assert.equal(findStep(rfcKey, "005924", at + drift * 1000), expected, `${drift} s`);
  });

  test("the key has 160 bits, and a longer secret is cut", () => {
    assert.equal(toAuthenticatorKey(randomBytes(32)).length, 32); // 5 bits each
  });

  test("oathtool shows the same codes", { skip: unlessInstalled("oathtool") }, () => {
    for (let n = 0; n < 10; n += 1) {
      const key = toAuthenticatorKey(randomBytes(32));
      const seconds = 1_700_000_000 + n * 7_777_777;
      const code = execFileSync("oathtool", ["--totp", "--base32", `--now=@${seconds}`, key], { encoding: "utf8" });
      assert.equal(findStep(key, code.trim(), seconds * 1000), Math.floor(seconds / 30));
    }
  });

  test("zbarimg reads the address from the QR code", { skip: unlessInstalled("zbarimg") }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "qr-"));
    try {
      const uri = toAuthenticatorUri(rfcKey, { issuer: "Zoë & Söhne", label: "ada@münchen.example" });
      const file = join(folder, "code.png");
      const image = sharp(Buffer.from(drawQrCode(uri)), { density: 300 }).flatten({ background: "#fff" });
      await image.resize(600, 600, { kernel: "nearest" }).png().toFile(file);
      const text = execFileSync("zbarimg", ["--quiet", "--raw", file], { encoding: "utf8" }).trim();
      assert.equal(text, uri);
      const { searchParams, pathname } = new URL(text);
      assert.equal(searchParams.get("secret"), rfcKey);
      assert.equal(searchParams.get("issuer"), "Zoë & Söhne");
      assert.match(decodeURIComponent(pathname), /ada@münchen\.example$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
