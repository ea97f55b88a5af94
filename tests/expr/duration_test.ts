import { deepEqual, equal } from "node:assert/strict";
import { MAX_DURATION_MS, parseDuration } from "../../core/expr/duration.ts";
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

test("parseDuration() reads what ISO 8601 makes of it, but for years and months", () => {
  const texts = ["PT1H30M", "P1D", "P1W", "PT0.5S", "P1DT1S", "PT366H"];
  deepEqual(texts.map(parseDuration), [
    5_400_000,
    86_400_000,
    604_800_000,
    500,
    86_401_000,
    366 * 3_600_000,
  ]);
  const none = ["P", "PT", "P1", "PT1D", "P1H", "P1M", "P1Y", "pt1h", "-PT1H", "PT1H "];
  deepEqual(none.map((text) => parseDuration(`${text}!`)), none.map(() => undefined));
  deepEqual(none.slice(0, -1).map(parseDuration), none.slice(0, -1).map(() => undefined));
});
