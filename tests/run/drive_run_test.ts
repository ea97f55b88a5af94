import { deepEqual, equal } from "node:assert/strict";
import { type Drive, driveRun } from "../../core/engine/drive_run.ts";
import { Inbox } from "../../core/engine/inbox.ts";
import type { LoadedLanguage } from "../../core/engine/language.ts";
import type { Plan } from "../../core/plan/plan.ts";
import type { RunJournal } from "../../core/plugin/journal.ts";
import type { Report, RunCommand } from "../../core/run/command.ts";
import type { Attempt } from "../../core/run/demand.ts";
import { initialState } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { job, language, plan, stage } from "./scenario.ts";

const loaded: LoadedLanguage = { ...language, kindOf: notAskedFor, inputOf: notAskedFor };

function notAskedFor(): never {
  throw new Error("Internal error: not asked for here");
}

function driveOf(plan: Plan, overrides: Partial<Drive>): Drive {
  const inbox = new Inbox<RunCommand>();
  inbox.put({ type: "start", at: 0, run: "r", plan });
  return {
    state: initialState(),
    language: loaded,
    journal: journalThat(() => Promise.resolve()),
    clock: {
      now: () => 0,
      sleep: () => new Promise(() => {}),
      pause: () => new Promise(() => {}),
    },
    inbox,
    summarise: () => ({ runId: "r", workflow: "w", status: "", startedAt: 0, trigger: "manual" }),
    claim: () => {},
    tell: () => {},
    execute: (attempt) => Promise.resolve(reportOf(attempt)),
    ...overrides,
  };
}

function journalThat(append: RunJournal["append"]): RunJournal {
  return { length: 0, append, close: () => Promise.resolve() };
}

function reportOf({ address, attempt }: Attempt, outcome: Report["outcome"] = "succeeded"): Report {
  return { type: "report", at: 0, stage: address, attempt, outcome, outputs: {} };
}

test("driveRun() begins an attempt once, though it ends while the journal is being written", async () => {
  const begun: string[] = [];
  const release: (() => void)[] = [];
  const drive = driveOf(plan([job("a"), job("b", { stages: [stage("s"), stage("t")] })]), {
    journal: journalThat(async (records) => {
      // The second record of the run is written while the other attempt ends.
      if (records.some((record) => record.includes("b[]/t"))) {
        release.forEach((end) => end());
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
    }),
    execute: (attempt) => {
      begun.push(attempt.key);
      if (attempt.address !== "a[]/s") return Promise.resolve(reportOf(attempt));
      return new Promise((resolve) => release.push(() => resolve(reportOf(attempt))));
    },
  });
  await driveRun(drive);
  deepEqual(begun.sort(), ["a[]/s#1", "b[]/s#1", "b[]/t#1"]);
});

test("driveRun() ends a stage whose time was up before anybody could look", async () => {
  let now = 0;
  const drive = driveOf(plan(job("a", { stages: [stage("s", { timeoutMs: 50 })] })), {
    journal: journalThat(() => {
      // A slow disk: more time passes than the stage has.
      now += 100;
      return Promise.resolve();
    }),
    clock: {
      now: () => now,
      sleep: () => new Promise(() => {}),
      pause: () => new Promise(() => {}),
    },
    execute: (attempt, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(reportOf(attempt, "cancelled")));
      }),
  });
  await driveRun(drive);
  equal(drive.state.stages.get("a[]/s")?.failure?.name, "StageTimeoutError");
});
