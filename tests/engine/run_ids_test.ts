import { equal, match } from "node:assert/strict";
import { RunIds } from "../../core/engine/run_id.ts";
import { test } from "../harness.ts";

const AT = Date.UTC(2026, 0, 31, 12);

test("run ids of one engine differ, although all begin in one millisecond", () => {
  const ids = new RunIds();
  const given = Array.from({ length: 5_000 }, () => ids.next("etl", { nowMs: AT, chance: 0.5 }));
  equal(new Set(given).size, given.length);
});

test("a run id says when its run began", () => {
  match(new RunIds().next("etl", { nowMs: AT, chance: 0.25 }), /^20260131120000000250T\d{10}$/);
});

test("a run id says each microsecond as it was drawn", () => {
  const ids = new RunIds();
  for (let micros = 0; micros < 1_000; micros++) {
    const id = ids.next("etl", { nowMs: AT, chance: (micros + 0.5) / 1_000 });
    equal(id.slice(17, 20), String(micros).padStart(3, "0"));
  }
});
