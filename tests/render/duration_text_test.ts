import { equal } from "node:assert/strict";
import { durationText } from "../../core/engine/render/duration_text.ts";
import { test } from "../harness.ts";

test("durationText() shows the two largest units", () => {
  equal(durationText(0), "0ms");
  equal(durationText(8.4), "8ms");
  equal(durationText(999), "999ms");
  equal(durationText(1_000), "1s");
  equal(durationText(1_240), "1.2s");
  equal(durationText(30_000), "30s");
  equal(durationText(60_000), "1m 00s");
  equal(durationText(65_400), "1m 05s");
  equal(durationText(3_600_000), "1h 00m");
  equal(durationText(7_380_000), "2h 03m");
  equal(durationText(86_400_000), "1d 00h");
  equal(durationText(100_000_000), "1d 04h");
});

test("durationText() rounds into the next unit instead of past its own", () => {
  equal(durationText(59_949), "59.9s");
  equal(durationText(59_990), "1m 00s");
  equal(durationText(3_599_900), "1h 00m");
  equal(durationText(86_399_000), "1d 00h");
});

test("durationText() takes a clock that was set back for no time at all", () => {
  equal(durationText(-5_000), "0ms");
});
