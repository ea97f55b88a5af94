import { deepEqual, equal } from "node:assert/strict";
import { MAX_DURATION_MS, parseDuration } from "../../core/model/duration.ts";
import { test } from "../harness.ts";

test("parseDuration() takes numbers and plain texts as seconds", () => {
  deepEqual([0, 1.5, "30", " 0.25 "].map(parseDuration), [0, 1_500, 30_000, 250]);
});

test("parseDuration() adds up parts with units", () => {
  deepEqual(["500ms", "30s", "5m", "1h30m", "2d", "1.5h"].map(parseDuration), [
    500,
    30_000,
    300_000,
    5_400_000,
    172_800_000,
    5_400_000,
  ]);
});

test("parseDuration() refuses what is no length of time", () => {
  const none = ["", "soon", "-1", "1 h", "h", "1w", "1h-", "${{ x }}", "1e3"];
  deepEqual(none.map(parseDuration), none.map(() => undefined));
  deepEqual([-1, NaN, Infinity].map(parseDuration), [undefined, undefined, undefined]);
});

test("parseDuration() ends at a year", () => {
  equal(parseDuration("366d"), MAX_DURATION_MS);
  equal(parseDuration("366d1ms"), undefined);
});
