import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { WorkflowError } from "../../core/engine/errors.ts";
import { oldRuns, readRetention, type RetentionLimit } from "../../core/engine/retention.ts";
import { readSettings } from "../../core/engine/settings.ts";
import { readSettingsFile } from "../../core/engine/settings_file.ts";
import type { RunSummary } from "../../core/plugin/journal.ts";
import { test } from "../harness.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;

function retentionIn(text: string) {
  const written = readSettingsFile(text, "conf/sluice.yml");
  return readRetention(readSettings({}, {}, { written }).settings);
}

function run(runId: string, endedDaysAgo?: number, parentRunId?: string): RunSummary {
  return {
    ...{ runId, workflow: "w", status: "SUCCESS", startedAt: 0, trigger: "manual" },
    ...(endedDaysAgo === undefined ? {} : { settledAt: NOW_MS - endedDaysAgo * DAY_MS }),
    ...(parentRunId === undefined ? {} : { parentRunId }),
  };
}

function old(runs: readonly RunSummary[], limit: RetentionLimit): string[] {
  return oldRuns(runs, { limit, nowMs: NOW_MS }).map(({ runId }) => runId);
}

test("readRetention() reads what the settings say", () => {
  deepEqual(retentionIn("retention: {runs: {keep: 3, days: 30}, logs: {days: 0.5}}"), {
    runs: { keep: 3, days: 30 },
    logs: { days: 0.5 },
  });
  equal(retentionIn("debug: true"), undefined);
});

test("readRetention() refuses what says nothing, or nonsense", () => {
  for (const wrong of ["runs: {}", "runs: {keep: -1}", "runs: {days: 1e9}", "run: {keep: 1}"]) {
    throws(() => retentionIn(`retention: {${wrong}}`), WorkflowError, wrong);
  }
});

test("oldRuns() names what neither limit keeps, the oldest first", () => {
  const runs = [run("d", 1), run("c", 2), run("b", 3), run("a", 4)];
  deepEqual(old(runs, { keep: 1 }), ["a", "b", "c"]);
  deepEqual(old(runs, { days: 3 }), ["a", "b"]);
  deepEqual(old(runs, { keep: 3, days: 2 }), ["a"]);
  deepEqual(old(runs, { keep: 0 }), ["a", "b", "c", "d"]);
});

test("oldRuns() names no run that has not ended, nor one that such a run has started", () => {
  const summary = fc.record({
    ended: fc.option(fc.nat(10), { nil: undefined }),
    parent: fc.nat(9),
  });
  const limit = fc.record({ keep: fc.nat(5), days: fc.nat(10) }, { requiredKeys: [] });
  fc.assert(fc.property(fc.array(summary, { maxLength: 10 }), limit, (facts, limit) => {
    const runs = facts.map(({ ended, parent }, nth) => run(`r${nth}`, ended, `r${parent}`));
    const byId = new Map(runs.map((one) => [one.runId, one]));
    for (const runId of old(runs, limit)) {
      const { settledAt, parentRunId = "" } = byId.get(runId) ?? run("");
      ok(settledAt !== undefined && settledAt <= NOW_MS - (limit.days ?? 0) * DAY_MS);
      ok(!byId.has(parentRunId) || byId.get(parentRunId)?.settledAt !== undefined);
      ok(runs.findIndex((one) => one.runId === runId) >= (limit.keep ?? 0));
    }
  }));
});
