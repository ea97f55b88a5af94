import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Drive, driveRun } from "../../core/engine/drive_run.ts";
import { Inbox } from "../../core/engine/inbox.ts";
import type { LoadedLanguage } from "../../core/engine/language.ts";
import type { Plan } from "../../core/plan/plan.ts";
import { JournalError, type RunJournal } from "../../core/plugin/journal.ts";
import type { Report, RunCommand } from "../../core/run/command.ts";
import type { Attempt } from "../../core/run/demand.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { initialState } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { simulatedLanguage } from "../simulation/random_plan.ts";

const PLAN: Plan = {
  workflow: "w",
  digest: "",
  engine: "test",
  jobs: [{
    id: "j",
    needs: [],
    rule: "all_success",
    ruleExplicit: false,
    stages: [{ key: "s", id: "s", name: "s", kind: "leaf", input: {} }],
    runsOn: { type: "local", with: {} },
    env: {},
  }],
  maxParallel: 1,
  params: {},
  env: {},
  stageDefaultId: false,
  scriptLang: "ts",
  extras: {},
  ancestry: [],
};

const language: LoadedLanguage = {
  ...simulatedLanguage,
  kindOf: () => {
    throw new Error("Internal error: not asked for here");
  },
  inputOf: () => ({}),
};

function rig(
  overrides: Partial<Drive> = {},
): { drive: Drive; told: RunEvent[]; records: string[] } {
  const inbox = new Inbox<RunCommand>();
  const told: RunEvent[] = [];
  const records: string[] = [];
  inbox.put({ type: "start", at: 0, run: "r", plan: PLAN });
  const drive: Drive = {
    state: initialState(),
    language,
    journal: journalTo(records),
    clock: {
      now: () => 0,
      sleep: () => new Promise(() => {}),
      pause: () => new Promise(() => {}),
    },
    inbox,
    summarise: () => ({
      runId: "r",
      workflow: "w",
      status: "SUCCESS",
      startedAt: 0,
      trigger: "manual",
    }),
    claim: () => {},
    tell: (events) => told.push(...events),
    execute: (attempt) => Promise.resolve(report(attempt, "succeeded")),
    ...overrides,
  };
  return { drive, told, records };
}

function journalTo(records: string[]): RunJournal {
  return {
    get length() {
      return records.length;
    },
    append: (added) => {
      records.push(...added);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function report({ address, attempt }: Attempt, outcome: Report["outcome"]): Report {
  return { type: "report", at: 0, stage: address, attempt, outcome, outputs: {} };
}

test("driveRun() drives a run to its end and tells of every event", async () => {
  const { drive, told, records } = rig();
  await driveRun(drive);
  equal(drive.state.outcome, "succeeded");
  equal(told.length, records.length);
  equal(told.at(-1)?.type, "run.settled");
});

test("driveRun() begins an attempt only after the journal has it", async () => {
  const records: string[] = [];
  const seen: string[][] = [];
  const { drive } = rig({
    journal: journalTo(records),
    execute: (attempt) => {
      seen.push(records.filter((record) => record.includes('"stage.started"')));
      return Promise.resolve(report(attempt, "succeeded"));
    },
  });
  await driveRun(drive);
  deepEqual(seen.map((started) => started.length), [1]);
});

test("driveRun() aborts what is under way and waits for it when the journal fails", async () => {
  const log: string[] = [];
  let appends = 0;
  const { drive } = rig({
    journal: {
      length: 0,
      append: () =>
        ++appends === 1
          ? Promise.resolve()
          : Promise.reject(new JournalError("io", "The disk is full")),
      close: () => Promise.resolve(),
    },
    execute: (attempt, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          log.push("aborted");
          queueMicrotask(() => {
            log.push("ended");
            resolve(report(attempt, "cancelled"));
          });
        });
        drive.inbox.put({ type: "cancel", at: 0, by: "somebody", why: "a test" });
      }),
  });
  await rejects(driveRun(drive), { name: "JournalError", code: "io" });
  deepEqual(log, ["aborted", "ended"]);
});

test("driveRun() ends an attempt that was called off before it could begin", async () => {
  let begun = 0;
  const { drive } = rig({
    execute: (attempt) => {
      begun++;
      return Promise.resolve(report(attempt, "succeeded"));
    },
  });
  drive.inbox.put({ type: "cancel", at: 0, by: "somebody", why: "a test" });
  await driveRun(drive);
  equal(begun, 0);
  equal(drive.state.outcome, "cancelled");
});

test("driveRun() ends a run whose time is up", async () => {
  let now = 0;
  const { drive } = rig({
    clock: {
      now: () => now,
      sleep: () => new Promise(() => {}),
      pause: (ms) => {
        if (now + ms > 50) return new Promise(() => {});
        now += ms;
        return Promise.resolve();
      },
    },
    execute: (attempt, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(report(attempt, "cancelled")))
      ),
  });
  const inbox = new Inbox<RunCommand>();
  inbox.put({ type: "start", at: 0, run: "r", plan: { ...PLAN, timeoutMs: 50 } });
  await driveRun({ ...drive, inbox });
  equal(drive.state.failure?.name, "WorkflowTimeoutError");
  equal(now, 50);
});
