import { deepEqual, equal } from "node:assert/strict";
import { conditionText, type PlanLine, planLines } from "../../core/engine/render/plan_lines.ts";
import { test } from "../harness.ts";
import { job, plan, stage } from "./journal.ts";

function shown(lines: readonly PlanLine[]): string[] {
  return lines.map(({ depth, label, notes }) =>
    `${"  ".repeat(depth)}${
      [label, notes.length === 0 ? "" : `(${notes.join("; ")})`].join(" ").trim()
    }`
  );
}

test("planLines() puts jobs into the order in which they can begin", () => {
  const lines = planLines(plan([
    job("report", [], { needs: ["load", "extract"] }),
    job("load", [], { needs: ["extract"] }),
    job("extract", []),
  ], { timeoutMs: 90_000 }));
  deepEqual(shown(lines), [
    "etl (3 jobs; 2 at once; at most 1m 30s)",
    "  extract",
    "  load (after extract)",
    "  report (after load, extract)",
  ]);
});

test("planLines() names literal legs, and the axes of computed ones", () => {
  const strategy = { include: [], exclude: [], maxParallel: 2, failFast: true };
  const lines = planLines(plan([
    job("a", [], { strategy: { ...strategy, matrix: { os: ["linux", "mac"], n: [1, 2] } } }),
    job("b", [], { strategy: { ...strategy, matrix: { city: "${{ needs.a.outputs.cities }}" } } }),
  ]));
  deepEqual(shown(lines).slice(2), [
    "    (4 legs: os=linux,n=1  os=linux,n=2  os=mac,n=1  os=mac,n=2; 2 at once; the first failure ends the others)",
    "  b",
    "    (legs computed from city; 2 at once; the first failure ends the others)",
  ]);
});

test("planLines() says of a stage what decides how it goes", () => {
  const each = stage("Each", { kind: "foreach", bodies: { stages: [stage("Echo")] } });
  const fetch = stage("Fetch", {
    retry: { attempts: 3, delayMs: 2_000, backoff: 2 },
    timeoutMs: 30_000,
    condition: "${{ params.full }}",
  });
  const lines = planLines(plan([job("load", [], { stages: [fetch, each] })]));
  deepEqual(shown(lines).slice(2), [
    "    Fetch (bash; 3 retries after 2s, each wait 2 times the last; at most 30s; if params.full)",
    "    Each (foreach)",
    "      Echo (bash)",
  ]);
});

test("conditionText() leaves the marks of a template out, unless there are several", () => {
  equal(conditionText("${{ always() }}"), "if always()");
  equal(conditionText(false), "if false");
  equal(conditionText("${{ a }} and ${{ b }}"), "if ${{ a }} and ${{ b }}");
});
