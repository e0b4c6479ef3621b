import "../../../support/environment.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import mongoose from "mongoose";
import sharp from "sharp";
import { Avatar } from "../../../../src/models/avatar.js";
import { origin } from "../../../support/app.js";
import { account, createPicture, createPng, jpeg, pictured, plain, upload } from "../../../support/avatars/avatars.js";
import { member } from "../../../support/users.js";
import { readToken } from "../../../support/visitor.js";

const files = () => mongoose.connection.collection("pictures.files").countDocuments();
const MEGABYTE = 1024 * 1024;
const html = "<script>alert(1)</script>";
const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`;
const gif = () => plain(9, 9).gif().toBuffer();

/** Builds a multipart body that no browser would send. */
function body(parts: string[]): { body: string; headers: Record<string, string> } {
  const boundary = "----x";
  const whole = `${parts.map((part) => `--${boundary}\r\nContent-Disposition: form-data; ${part}\r\n`).join("")}--${boundary}--\r\n`;
  return { body: whole, headers: { "content-type": `multipart/form-data; boundary=${boundary}` } };
}

test("a file that is not a picture is rejected whatever its name, and nothing is stored", async () => {
  const ada = await member();
  const before = await files();
  const bad: [string, Uint8Array][] = [
    ["SVG", Buffer.from(svg)],
    ["XML", Buffer.from(`<?xml version="1.0"?>${svg}`)],
    ["HTML", Buffer.from(html)],
    ["PDF", Buffer.from("%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n")],
    ["GIF", await gif()],
    ["TIFF", await plain(9, 9).tiff().toBuffer()],
    ["the beginning of a JPEG", Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
    ["the beginning of a PNG", createPng(8, 8).subarray(0, 20)],
    ["noise", Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7919) % 251))],
  ];
  for (const [what, bytes] of bad) {
    const answer = await upload(ada, bytes, { name: "me.png", type: "image/png" });
    assert.equal(answer.status, 422, what);
    assert.match(answer.text, /id="avatar-error"[\s\S]*read this file/, what);
  }
  assert.equal((await upload(ada, Buffer.alloc(0))).status, 422, "empty");
  assert.equal(await files(), before);
  assert.equal(await Avatar.countDocuments({ user: (await account(ada))._id }), 0);
});

test("a picture with too many pixels is rejected, even if its file is small", async () => {
  const ada = await member();
  for (const [width, height] of [
    [30_000, 30_000],
    [8_000, 5_001],
    [1_000_000, 1_000_000],
  ] as const) {
    const answer = await upload(ada, createPng(width, height, Math.min(height, 9e8 / width)));
    assert.equal(answer.status, 422, `${width} × ${height}`);
    assert.match(answer.text, /more than 40 megapixels/);
  }
  assert.match((await upload(ada, await jpeg(2_100, 100))).text, /too narrow to crop/);
  const hash = await pictured(ada, createPng(8_000, 5_000));
  assert.ok(hash, "40 megapixels are allowed");
});

test("a truncated picture is rejected during processing, and the page says why", async () => {
  const ada = await member();
  const before = await files();
  const whole = await jpeg(600, 600);
  assert.equal((await upload(ada, whole.subarray(0, whole.length / 2))).status, 303);
  assert.equal(await createPicture(ada), null);
  assert.match((await ada.get("/account/avatar")).text, /use your last picture\.<\/strong> This image is damaged/);
  assert.equal(await files(), before);
  assert.ok(await pictured(ada, whole), "the user can upload another picture");
  assert.doesNotMatch((await ada.get("/account/avatar")).text, /use your last picture/);
});

test("data hidden in a picture or appended to it is removed", async () => {
  const ada = await member();
  const zip = Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(200, 65)]);
  for (const trailer of [Buffer.from(html), zip]) {
    const hash = await pictured(ada, Buffer.concat([await jpeg(), trailer]));
    for (const file of [`${hash}-64.webp`, `${hash}-512.jpg`]) {
      const answer = await fetch(`${origin}/pictures/${file}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.ok(!bytes.includes(trailer.subarray(0, 20)), file);
      assert.match(answer.headers.get("content-type") ?? "", /^image\/(webp|jpeg)$/);
    }
  }
});

test("16-bit, CMYK, transparent, grey and animated pictures become ordinary ones", async () => {
  const ada = await member();
  const rgba = { r: 200, g: 80, b: 40, alpha: 0.4 };
  const seeThrough = sharp({ create: { width: 90, height: 70, channels: 4, background: rgba } });
  const odd: Record<string, Buffer> = {
    "16 bits": await plain().toColourspace("rgb16").png().toBuffer(),
    "four inks": await plain().toColourspace("cmyk").jpeg().toBuffer(),
    "see-through": await seeThrough.clone().png().toBuffer(),
    grey: await plain().greyscale().png().toBuffer(),
    avif: await plain().avif().toBuffer(),
    animated: await sharp(await gif())
      .webp()
      .toBuffer(),
    "one pixel": await plain(1, 1).png().toBuffer(),
  };
  for (const [what, bytes] of Object.entries(odd)) {
    const hash = await pictured(ada, bytes);
    const made = Buffer.from(await (await fetch(`${origin}/pictures/${hash}-192.webp`)).arrayBuffer());
    const { width, height, space, depth, hasAlpha } = await sharp(made).metadata();
    assert.deepEqual([width, height, space, depth, hasAlpha], [192, 192, "srgb", "uchar", false], what);
  }
});

test("an upload of more than 5 MB is rejected before or during the transfer", async () => {
  const ada = await member();
  const answer = await upload(ada, Buffer.alloc(5 * MEGABYTE + 1));
  assert.equal(answer.status, 413);
  assert.match(answer.text, /5 MB/);
  assert.equal((await upload(ada, Buffer.alloc(12 * MEGABYTE))).status, 413);
});

test("an upload without the CSRF token gives 403, and a body that is not multipart gives 415", async () => {
  const ada = await member();
  const before = await files();
  for (const token of ["", "wrong"]) assert.equal((await upload(ada, await jpeg(), { token })).status, 403);
  const _csrf = readToken((await ada.get("/account/avatar")).text);
  const form = new FormData();
  form.set("_csrf", _csrf);
  form.set("avatar", new File([new Uint8Array(await jpeg())], "me.jpg"));
  const elsewhere = { method: "POST", body: form, headers: { "sec-fetch-site": "cross-site" } };
  assert.equal((await ada.request("/account/avatar", elsewhere)).status, 403);
  assert.equal((await ada.send("/account/avatar", { _csrf, avatar: "x" })).status, 415);
  const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
  assert.equal((await ada.request("/account/avatar", json)).status, 415);
  assert.equal((await ada.request("/account/avatar/delete", { method: "POST", body: form })).status, 415);
  assert.equal(await files(), before);
});

test("malformed upload forms give a client error and store nothing", async () => {
  const ada = await member();
  const before = await files();
  const _csrf = readToken((await ada.get("/account/avatar")).text);
  const token = `name="_csrf"\r\n\r\n${_csrf}`;
  const file = (name: string) => `name="${name}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nx`;
  const shapes: [string, RequestInit, number[]][] = [
    ["a thousand parts", body(Array.from({ length: 1_000 }, (_, n) => `name="f${n}"\r\n\r\nx`)), [400]],
    ["a thousand files", body(Array.from({ length: 1_000 }, () => file("avatar"))), [400]],
    ["two files", body([token, file("avatar"), file("avatar")]), [400]],
    ["another field", body([token, file("other")]), [400]],
    ["no file", body([token]), [422]],
    ["text in its place", body([token, `name="avatar"\r\n\r\nx`]), [422]],
    ["a field too many", body([token, file("avatar"), `name="x"\r\n\r\ny`]), [422]],
    ["no name", body([token, "\r\n\r\nx"]), [400, 422]],
    ["a name of a file with NUL", body([token, file("avatar").replace("a.jpg", "a\0.jpg")]), [400]],
    ["a long name", body([`name="${"n".repeat(500)}"\r\n\r\nx`]), [400]],
    ["a prototype", body([token, `name="__proto__[x]"\r\n\r\ny`]), [400, 422]],
    ["no end", { body: `------x\r\n${"Content-Disposition"}`, headers: body([]).headers }, [400]],
    ["no boundary", { body: "x", headers: { "content-type": "multipart/form-data" } }, [400]],
  ];
  for (const [what, init, statuses] of shapes) {
    const { status } = await ada.request("/account/avatar", { method: "POST", ...init });
    assert.ok(statuses.includes(status), `${what}: ${status}`);
  }
  assert.equal(await files(), before);
  for (const name of ["../../etc/passwd", "a\r\nb.png", "x".repeat(3_000), "<script>.svg"]) {
    const answer = await upload(ada, await jpeg(), { name, type: "text/html" });
    assert.equal(answer.status, 303, `the file name ${name.slice(0, 20)} is ignored`);
    assert.ok(await createPicture(ada));
  }
});

test("only the processed files of an upload can be downloaded", async () => {
  const ada = await member();
  const user = (await account(ada)).id;
  await Avatar.start(user);
  const [{ _id } = { _id: "" }] = await Avatar.listForUser(user);
  const hash = await pictured(ada, await jpeg());
  const paths = [
    `/pictures/originals/${_id}`,
    `/pictures/..%2foriginals%2f${_id}`,
    `/pictures/originals%2f${_id}`,
    `/pictures/${_id}`,
    `/pictures/${hash}`,
    `/pictures/${hash}-65.webp`,
    `/pictures/${hash}-64.png`,
    `/pictures/${hash}-64.webp.svg`,
    `/pictures/${hash?.toUpperCase()}-64.webp/`.replace(/[a-f]/gi, "F"),
    "/pictures/%00",
  ];
  for (const path of paths) assert.equal((await fetch(origin + path)).status, 404, path);
  assert.equal((await fetch(`${origin}/pictures/${hash}-64.webp`, { method: "POST" })).status, 405);
  assert.equal((await fetch(`${origin}/pictures/${hash}-64.webp`, { method: "HEAD" })).status, 200);
});
