import { deepEqual, equal } from "node:assert/strict";
import { PlainView, SILENCE_MS } from "../../cli/plain_view.ts";
import { RunStates } from "../../cli/run_states.ts";
import { childRunId } from "../../core/engine/run_id.ts";
import { test } from "../harness.ts";
import {
  begins,
  fails,
  job,
  journal,
  plan,
  START,
  type Step,
  succeeds,
} from "../render/journal.ts";

interface Watched {
  readonly view: PlainView;
  readonly lines: () => string[];
  readonly pass: (ms: number) => void;
}

function watched(options: { verbose?: boolean } = {}): Watched {
  const told: string[] = [];
  let now = START;
  const view = new PlainView(new RunStates(), {
    tell: (text) => told.push(...text.split("\n")),
    now: () => now,
    verbose: options.verbose ?? false,
  });
  return { view, lines: () => told.splice(0), pass: (ms) => void (now += ms) };
}

function print(view: PlainView, runId: string, stage: string, ...texts: readonly string[]): void {
  for (const text of texts) view.lines(runId, { at: 0, stage, attempt: 1, stream: "stdout", text });
}

test("PlainView says what happens, a line each", () => {
  const { view, lines } = watched();
  const events = journal(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...succeeds("load", "Fetch", 1_200),
    { type: "run.settled", outcome: "succeeded" },
  ]);
  view.events("run-1", events.slice(0, 5));
  print(view, "run-1", "load[]/Fetch", "3 rows");
  view.events("run-1", events.slice(5));
  deepEqual(lines(), [
    "etl: run run-1",
    "load/Fetch | 3 rows",
    "load/Fetch: succeeded in 1.2s",
    "load: succeeded in 1.2s",
    "etl: succeeded in 1.2s",
  ]);
  view[Symbol.dispose]();
});

test("PlainView says what a job failed of by itself, when all its stages succeeded", () => {
  const { view, lines } = watched();
  const failure = { name: "ExpressionError", message: "There is no x", retryable: false };
  const events = journal(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...succeeds("load", "Fetch", 1_200).slice(0, -1),
    { type: "job.settled", job: "load", outcome: "failed", failure },
    { type: "run.settled", outcome: "failed", failure },
  ]);
  view.events("run-1", events);
  deepEqual(lines().slice(-2), [
    "load: failed in 1.2s: ExpressionError: There is no x",
    "etl: failed in 1.2s",
  ]);
  view[Symbol.dispose]();
});

test("PlainView tells a failure once, where it happened", () => {
  const { view, lines } = watched();
  view.events(
    "run-1",
    journal(plan([job("load", ["Fetch"])]), [
      ...begins("load", "Fetch"),
      ...fails("load", "Fetch", "no such host\nat line 3"),
      {
        type: "run.settled",
        outcome: "failed",
        failure: { name: "WorkflowError", message: "Job failed", retryable: false },
      },
    ]),
  );
  deepEqual(lines().slice(1), [
    "load/Fetch: failed in 50ms: StageError: no such host",
    "    at line 3",
    "load: failed in 50ms",
    "etl: failed in 50ms",
  ]);
  view[Symbol.dispose]();
});

test("PlainView says why something was skipped, tried again or ended", () => {
  const { view, lines } = watched();
  const steps: Step[] = [
    {
      type: "job.settled",
      job: "never",
      outcome: "skipped",
      reason: { kind: "condition-false", condition: "false" },
    },
    ...begins("load", "Fetch"),
    {
      type: "stage.retry-scheduled",
      stage: "load[]/Fetch",
      attempt: 1,
      reason: { kind: "attempt-failed" },
      failure: { name: "StageError", message: "no", retryable: true },
      dueAt: START + 2_000,
    },
    {
      type: "cancel.requested",
      target: "",
      reason: { kind: "requested", by: "user", why: "interrupted" },
    },
  ];
  view.events("run-1", journal(plan([job("never", []), job("load", ["Fetch"])]), steps));
  deepEqual(lines().slice(1), [
    "never: skipped: its condition is false",
    "load/Fetch: attempt 1 failed, tries again in 2s: StageError: no",
    "ending early, by user (interrupted)",
  ]);
  view[Symbol.dispose]();
});

test("PlainView shows the beginning of long output, and the end where it failed", () => {
  const numbers = Array.from({ length: 25 }, (_, i) => String(i + 1));
  const told = (end: readonly Step[], verbose = false) => {
    const { view, lines } = watched({ verbose });
    const events = journal(plan([job("load", ["Fetch"])]), [...begins("load", "Fetch"), ...end]);
    view.events("run-1", events.slice(0, 5));
    print(view, "run-1", "load[]/Fetch", ...numbers);
    view.events("run-1", events.slice(5, 6));
    view[Symbol.dispose]();
    return lines().slice(1).map((line) => line.replace("load/Fetch ", ""));
  };
  deepEqual(told(succeeds("load", "Fetch", 0)), [
    ...numbers.slice(0, 10).map((number) => `| ${number}`),
    "| … 15 more lines",
    "load/Fetch: succeeded in 0ms",
  ]);
  deepEqual(told(fails("load", "Fetch", "no")).slice(10), [
    "| … 7 more lines",
    ...numbers.slice(17).map((number) => `| ${number}`),
    "load/Fetch: failed in 50ms: StageError: no",
  ]);
  equal(told(succeeds("load", "Fetch", 0), true).length, 26);
});

test("PlainView says what still runs after a long silence, and only then", () => {
  const { view, lines, pass } = watched();
  view.events("run-1", journal(plan([job("load", ["Fetch"])]), begins("load", "Fetch")));
  lines();
  pass(SILENCE_MS - 1);
  view.tellWhatRuns();
  deepEqual(lines(), []);
  pass(1);
  view.tellWhatRuns();
  deepEqual(lines(), ["still running: load/Fetch (30s)"]);
  view[Symbol.dispose]();
});

test("PlainView marks what a run started by a stage prints", () => {
  const { view, lines } = watched();
  view.events("run-1", journal(plan([job("load", ["Start"])]), begins("load", "Start")));
  const child = childRunId("run-1", "load[]/Start#1");
  const childPlan = plan([job("inner", ["Echo"])], { workflow: "child" });
  view.events(child, journal(childPlan, begins("inner", "Echo")));
  print(view, child, "inner[]/Echo", "hi");
  deepEqual(lines().slice(1), ["load/Start > child: run run-1", "load/Start > inner/Echo | hi"]);
  view[Symbol.dispose]();
});

test("PlainView lets nothing through that a terminal would obey: pipes end on terminals", () => {
  const { view, lines } = watched();
  const events = journal(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...fails("load", "Fetch", "no \x1b[2Jscreen\nand \x1b]0;title\x07more"),
  ]);
  view.events("run-1", events.slice(0, 5));
  print(view, "run-1", "load[]/Fetch", "\x1b]0;owned\x07plain", "10 %\r20 %", "a\tb");
  view.events("run-1", events.slice(5, 6));
  deepEqual(lines().slice(1), [
    "load/Fetch | plain",
    "load/Fetch | 20 %",
    "load/Fetch | a    b",
    "load/Fetch: failed in 50ms: StageError: no screen",
    "    and more",
  ]);
  view[Symbol.dispose]();
});
