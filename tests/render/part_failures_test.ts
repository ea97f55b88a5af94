import { deepEqual, equal } from "node:assert/strict";
import { MAX_TOLD_FAILURES, partFailures } from "../../core/engine/render/part_failures.ts";
import { replay } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { begins, job, journal, plan, type Step } from "./journal.ts";

function failsWith(stderr: string, code: number, job = "load", stage = "Fetch"): Step[] {
  const failure = {
    ...{ name: "StageError", retryable: true },
    message: `Subprocess: ${stderr}\n\t\`\`\`bash\n\texit ${code}\n\t\`\`\``,
    details: { return_code: code, stdout: null, stderr: stderr || null },
  };
  const outcome = "failed";
  return [
    { type: "stage.settled", stage: `${job}[]/${stage}`, attempt: 1, outcome, failure },
    { type: "branch.settled", branch: `${job}[]`, outcome, failure },
    { type: "job.settled", job, outcome, failure: { ...failure, name: "JobError" } },
  ];
}

test("partFailures() tells where a run failed and why, as a person is shown it", () => {
  const steps = [...begins("load", "Fetch"), ...failsWith("", 4)];
  deepEqual(partFailures(replay(journal(plan([job("load", ["Fetch"])]), steps))), [{
    address: "load[]/Fetch",
    path: "load/Fetch",
    name: "StageError",
    reason: "exit code 4",
    exit_code: 4,
    stderr: null,
  }]);
});

test("partFailures() has the last lines of what was said on standard error", () => {
  const said = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`).join("\n");
  const steps = [...begins("load", "Fetch"), ...failsWith(said, 1)];
  const [failure] = partFailures(replay(journal(plan([job("load", ["Fetch"])]), steps)));
  equal(failure?.stderr, said.split("\n").slice(-10).join("\n"));
  equal(failure?.reason.startsWith("exit code 1: line 1\nline 2\n"), true);
});

test("partFailures() tells of a job that failed by itself", () => {
  const failure = { name: "ExpressionError", message: "There is no x", retryable: false };
  const steps: Step[] = [{ type: "job.settled", job: "load", outcome: "failed", failure }];
  deepEqual(partFailures(replay(journal(plan([job("load", ["Fetch"])]), steps))), [{
    ...{ address: "load", path: "load", name: "ExpressionError", reason: "There is no x" },
    ...{ exit_code: null, stderr: null },
  }]);
});

test("partFailures() is bounded", () => {
  const ids = Array.from({ length: MAX_TOLD_FAILURES + 5 }, (_, at) => `j${at}`);
  const steps = ids.flatMap((id) => [...begins(id, "S"), ...failsWith("", 1, id, "S")]);
  const state = replay(journal(plan(ids.map((id) => job(id, ["S"]))), steps));
  equal(partFailures(state).length, MAX_TOLD_FAILURES);
});
