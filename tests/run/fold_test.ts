import { equal } from "node:assert/strict";
import { foldOutcomes } from "../../core/run/fold.ts";
import { outcomeOf, statusOf } from "../../core/run/status.ts";
import { test } from "../harness.ts";
import vectors from "../vectors/validate_statuses.json" with { type: "json" };

test("foldOutcomes() folds as the reference does", () => {
  for (const { statuses, result } of vectors) {
    // A part that has not ended cannot be asked for: wholes end after their parts.
    if (statuses.includes("WAIT")) continue;
    const outcomes = statuses.flatMap((status) => outcomeOf(status) ?? []);
    equal(statusOf(foldOutcomes(outcomes, "succeeded")), result, statuses.join(", "));
  }
});

test("foldOutcomes() says what it was told for a whole without parts", () => {
  equal(foldOutcomes([], "skipped"), "skipped");
  equal(foldOutcomes([], "succeeded"), "succeeded");
});
