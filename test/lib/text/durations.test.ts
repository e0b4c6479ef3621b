import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration } from "../../../src/lib/text/durations.js";

test("a duration is formatted in the largest unit that divides it", () => {
  const durations = {
    "1 minute": 1,
    "30 minutes": 30,
    "90 minutes": 90,
    "1 hour": 60,
    "12 hours": 720,
    "30 days": 43_200,
  };
  for (const [text, minutes] of Object.entries(durations)) assert.equal(formatDuration(minutes * 60), text);
});
