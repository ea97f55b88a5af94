import { deepEqual, equal } from "node:assert/strict";
import type { TriggerRule } from "../../core/plan/plan.ts";
import { judgeNeeds, statusOfNeeds } from "../../core/run/needs.ts";
import { outcomeOf } from "../../core/run/status.ts";
import { test } from "../harness.ts";
import recorded from "../vectors/check_needs.json" with { type: "json" };

/** Two needs and what the reference does then; `null` is a need that has not begun. */
interface Vector {
  readonly rule: TriggerRule;
  readonly a: string | null;
  readonly b: string | null;
  readonly result: string;
}

const VECTORS: readonly Vector[] = JSON.parse(JSON.stringify(recorded.vectors));

/** What the reference calls an answer of ours. */
const RESULTS = new Map([[undefined, "SUCCESS"], ["needs-skipped", "SKIP"], [
  "rule-unmet",
  "FAILED",
]]);

function ours({ rule, a, b }: Vector): string | undefined {
  const needs = [["a", a], ["b", b]].flatMap(([id, status]) => {
    const outcome = outcomeOf(status ?? "");
    return outcome === undefined ? [] : [{ id: id ?? "", outcome }];
  });
  // A need that has not ended: the decider does not ask yet.
  return needs.length < 2 ? "WAIT" : RESULTS.get(judgeNeeds(rule, needs)?.kind);
}

test("judgeNeeds() decides as the reference does, but where that is a known weakness", () => {
  const differences = VECTORS.flatMap((vector) => {
    const { rule, a, b, result } = vector;
    const answer = ours(vector);
    return answer === result ? [] : [`${rule}: ${a}, ${b}: ${result}, here ${answer}`];
  });
  deepEqual(differences.filter((difference) => !difference.includes("CANCEL")), [
    // At least one, as the reference documents it; its code wants exactly one (C-143, C-144).
    "one_failed: FAILED, FAILED: FAILED, here SUCCESS",
    "one_success: SUCCESS, SUCCESS: FAILED, here SUCCESS",
  ]);
  for (const vector of VECTORS.filter(({ result }) => result === "CANCEL")) {
    // What was called off must not be built upon; the reference goes on (W-18).
    equal(ours(vector), vector.rule === "all_done" ? "SUCCESS" : "FAILED");
  }
});

test("judgeNeeds() names the need that is in the way", () => {
  const needs = [{ id: "a", outcome: "succeeded" }, { id: "b", outcome: "failed" }] as const;
  deepEqual(judgeNeeds("all_success", needs), {
    kind: "rule-unmet",
    rule: "all_success",
    need: "b",
    outcome: "failed",
  });
});

test("judgeNeeds() lets a job without needs run, whatever its rule", () => {
  for (const rule of ["all_failed", "one_success", "all_done"] as const) {
    equal(judgeNeeds(rule, []), undefined);
  }
});

test("statusOfNeeds() is that of the worst", () => {
  const of = (...outcomes: ("succeeded" | "failed" | "skipped" | "cancelled")[]) =>
    statusOfNeeds(outcomes.map((outcome) => ({ id: "a", outcome })));
  equal(of(), "success");
  equal(of("succeeded", "skipped"), "success");
  equal(of("succeeded", "cancelled"), "cancelled");
  equal(of("cancelled", "failed", "succeeded"), "failure");
});
