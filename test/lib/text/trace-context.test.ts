import assert from "node:assert/strict";
import { test } from "node:test";
import { readTraceId } from "../../../src/lib/text/trace-context.js";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";

test("the trace id of a well-formed header is used", () => {
  assert.equal(readTraceId(`00-${trace}-${parent}-01`), trace);
  assert.equal(readTraceId(`00-${trace}-${parent}-00`), trace);
  assert.equal(readTraceId(`cc-${trace}-${parent}-01-what-the-future-will-be-like`), trace);
});

test("a malformed header is ignored", () => {
  const malformed = [
    undefined,
    "",
    trace,
    `00-${trace}-${parent}`,
    `00-${trace}-${parent}-01-more`,
    `ff-${trace}-${parent}-01`,
    `00-${"0".repeat(32)}-${parent}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}x-${parent}-01`,
    ` 00-${trace}-${parent}-01`,
    `00-${trace}-${parent}-01\n`,
    `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`,
    `00-<script>alert(1)</script>aaaaaaa-${parent}-01`,
  ];
  for (const header of malformed) assert.equal(readTraceId(header), null, header);
  assert.equal(readTraceId([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`]), null);
});
