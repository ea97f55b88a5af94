/**
 * What the reference says of releases and of what starts a workflow, row by
 * row: REFERENCE S-04x, S-054, S-060, S-07x, C-07x, C-08x, C-29x.
 */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Audit,
  EventError,
  openSluice,
  ReleaseType,
  type Result,
  type Sluice,
  WorkflowError,
} from "../../mod.ts";
import type { Workflow } from "../../core/engine/workflow.ts";
import { RELEASE_TIMEOUT_MS } from "../../core/engine/workflow.ts";
import { comingSlots } from "../../core/engine/schedule_standings.ts";
import { Datetime } from "../../core/expr/datetime.ts";
import { hasSlot, nextSlot, previousSlot } from "../../core/schedule/slots.ts";
import { planOf } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { calendar, load, scheduleIn, workflowText } from "./rig.ts";

const TEXT = `
etl:
  type: Workflow
  on: [{cron: "0 9 * * *", timezone: Europe/Berlin}]
  params:
    day: {type: str, default: none}
    table: {type: str, default: orders}
  jobs:
    read: {stages: [{name: Read, id: read, bash: echo}]}
    store:
      needs: [read]
      stages: [{name: Store, id: store, bash: 'test "\${{ params.table }}" != broken'}]
any: {type: Workflow, jobs: {j: {stages: [{name: hi, echo: hi}]}}}
`;

const NINE = new Date("2026-01-31T08:00:42Z");
const SLOT = "etl@2026-01-31T08:00Z";

async function withEtl(
  work: (etl: Workflow, sluice: Sluice, audit: Audit) => Promise<void>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "sluice-release-"));
  try {
    await using sluice = await openSluice({ state, conf: state, memory: true, env: {} });
    await sluice.loadText(TEXT, "etl.yml");
    const [audit] = await sluice.audits();
    await work(await sluice.workflow("etl"), sluice, audit!);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

test("S-040, S-054, C-087, C-290: a release is for a date of the schedule, cut to the minute; another is refused", () =>
  withEtl(async (etl, sluice) => {
    const result = await etl.release(NINE);
    deepEqual([result.status, result.runId], ["SUCCESS", SLOT]);
    await rejects(etl.release(new Date("2026-01-31T09:00:00Z")), (error) => {
      ok(error instanceof EventError && error instanceof WorkflowError);
      match(
        error.message,
        /the schedule does not have it; it is "0 9 \* \* \*" \(Europe\/Berlin\)/,
      );
      return true;
    });
    // Without a schedule any date passes.
    const any = await sluice.workflow("any");
    deepEqual(await any.validateRelease(NINE), new Date("2026-01-31T08:00:00Z"));
  }));

test("S-042, S-043, S-047, C-298: run id, parent and time limit are those that are given", () =>
  withEtl(async (etl, sluice) => {
    const { runId, parentRunId } = await etl.release(NINE, { runId: "mine", parentRunId: "who" });
    deepEqual([runId, parentRunId], ["mine", "who"]);
    const limit = async (id: string) => planOf(await sluice.engine.read(id)).timeoutMs;
    equal(await limit("mine"), RELEASE_TIMEOUT_MS);
    await etl.release(NINE, { releaseType: "force", runId: "short", timeoutMs: 5_000 });
    equal(await limit("short"), 5_000);
  }));

test("S-045, S-049, C-297, C-300, C-303: a record is written, under the other name and without the fields, of failures too", () =>
  withEtl(async (etl, _, audit) => {
    await etl.release(NINE, {
      params: { table: "broken" },
      overrideLogName: "other",
      runsMetadata: { who: "me" },
      auditExcluded: ["parent_run_id"],
    });
    const [record] = await audit.find({ name: "other" });
    deepEqual([record?.runId, record?.context.status], [SLOT, "FAILED"]);
    equal(record?.runsMetadata.who, "me");
    deepEqual(await audit.find({ name: "etl" }), []);
  }));

test("S-048: jobs that are excluded are not run", () =>
  withEtl(async (etl) => {
    const { status, context } = await etl.release(NINE, { excluded: ["store"] });
    deepEqual([status, Object.keys(context.jobs ?? {})], ["SUCCESS", ["read"]]);
  }));

test("C-291: templates of parameters see the release", () =>
  withEtl(async (etl, sluice) => {
    const day =
      "${{ release.logical_date | fmt('%Y-%m-%d') }} ${{ release.run_id }} ${{ release.runs_metadata.who }}";
    const { runId } = await etl.release(NINE, { params: { day }, runsMetadata: { who: "me" } });
    const { params } = planOf(await sluice.engine.read(runId));
    equal(params.day, `2026-01-31 ${SLOT} me`);
  }));

test("S-060, C-292, C-293, W-23: normal and event run a date once, force runs it again, a failure may be repeated", () =>
  withEtl(async (etl) => {
    deepEqual(Object.keys(ReleaseType), ["NORMAL", "RERUN", "EVENT", "FORCE", "DRYRUN"]);
    equal((await etl.release(NINE, { params: { table: "broken" } })).status, "FAILED");
    const second = await etl.release(NINE);
    deepEqual([second.status, second.runId], ["SUCCESS", `${SLOT}~2`]);
    for (const releaseType of ["normal", "event"] as const) {
      const { status, context } = await etl.release(NINE, { releaseType });
      deepEqual([status, context], ["SKIP", { status: "SKIP" }]);
    }
    const forced = await etl.release(NINE, { releaseType: "force" });
    deepEqual([forced.status, forced.runId], ["SUCCESS", `${SLOT}~3`]);
  }));

test("C-294, W-22: rerun keeps the jobs that succeeded and has the old parameters; without a record it runs", () =>
  withEtl(async (etl, sluice) => {
    const fresh = await etl.release(NINE, { releaseType: "rerun", params: { table: "broken" } });
    equal(fresh.status, "FAILED");
    const again = await etl.release(NINE, { releaseType: "rerun" });
    equal(again.status, "FAILED", "of the same parameters");
    const state = await sluice.engine.read(again.runId);
    equal(planOf(state).params.table, "broken");
    const readOf = ({ context }: Result) => JSON.parse(JSON.stringify(context)).jobs.read;
    deepEqual(readOf(again), readOf(fresh));
    deepEqual([...state.jobs].filter(([, { kept }]) => kept).map(([id]) => id), ["read"]);
  }));

test("C-295, C-297: a dry run does nothing and leaves no record", () =>
  withEtl(async (etl, _, audit) => {
    const dry = await etl.release(NINE, { releaseType: "dryrun", params: { table: "broken" } });
    deepEqual([dry.status, dry.runId], ["SUCCESS", `${SLOT}~dry1`]);
    deepEqual(await audit.find({ name: "etl" }), []);
    equal((await etl.release(NINE)).runId, SLOT, "and is no release of the date");
  }));

test("C-296: the context says what the release was for, and the parameters as they were given", () =>
  withEtl(async (etl) => {
    const { context } = await etl.release(NINE, {
      params: { table: "broken", day: "${{ release.run_id }}" },
    });
    const { release, params, name, message } = JSON.parse(JSON.stringify(context));
    equal(release.type, "normal");
    match(JSON.stringify(release.logical_date), /2026-01-31.08:00:00/);
    deepEqual(params, { table: "broken", day: "${{ release.run_id }}" });
    deepEqual([typeof name, typeof message], ["string", "string"]);
  }));

/** What is wrong with `on`. */
function codes(on: string): readonly string[] {
  return load(workflowText("w", on)).diagnostics.map(({ code }) => code);
}

function schedules(on: string): readonly string[] {
  const [workflow] = load(workflowText("w", on)).workflows;
  return (workflow?.triggers.schedules ?? []).map(({ text, timezone }) => `${text} ${timezone}`);
}

test("S-076, S-079, C-070, C-071, C-072: both spellings are understood, as list and as mapping", () => {
  const both = ["0 9 * * * Europe/Berlin", "0 9 * * * 2030 UTC"];
  deepEqual(
    schedules("[{cron: '0 9 * * *', timezone: Europe/Berlin}, {cronjob: '0 9 * * * 2030'}]"),
    both,
  );
  deepEqual(
    schedules(
      "{schedule: [{cronjob: '0 9 * * *', tz: Europe/Berlin}, {cronjob: '0 9 * * * 2030'}]}",
    ),
    both,
  );
  const [workflow] = load(workflowText("w", "{release: [a, b], manual: true}")).workflows;
  deepEqual(workflow?.triggers.releases.map(({ workflow, when }) => [workflow, when]), [
    ["a", "success"],
    ["b", "success"],
  ]);
  deepEqual(
    codes("{database: {table: t}}"),
    ["trigger-missing"],
    "described, and nothing acts on it",
  );
});

test("S-077, C-073, C-074: ten schedules, none twice, each with a zone that exists and may be its own", () => {
  const ten = Array.from({ length: 10 }, (_, at) => `{cron: '${at} 9 * * *'}`);
  deepEqual(codes(`[${ten}]`), []);
  deepEqual(codes(`[${ten}, {cron: '30 9 * * *'}]`), ["too-many"]);
  deepEqual(codes("[{cron: '0 9 * * *'}, {cron: '0  9 * * *'}]"), ["schedule-duplicate"]);
  deepEqual(codes("[{cron: '0 9 * * *'}, {cron: '0 9 * * *', tz: Asia/Tokyo}]"), []);
  deepEqual(codes("[{cron: '0 9 * * *', tz: Mars/Base}]"), ["timezone-unknown"]);
});

test("C-075, C-076, C-077, W-30: intervals are what they say, and how the reference prints texts changes nothing", () => {
  const options = "output_hashes: true, output_weekday_names: true, output_month_names: true";
  deepEqual(schedules(`[{cron: '0 9 * * 1', ${options}}]`), ["0 9 * * 1 UTC"]);
  const written = ["daily", "weekly", "monthly"].map((interval) => `{interval: ${interval}}`);
  deepEqual(schedules(`[${written}]`), ["0 0 * * * UTC", "0 0 * * 1 UTC", "0 0 1 * * UTC"]);
  deepEqual(
    schedules("[{interval: daily, time: '01:30'}, {interval: weekly, day: friday, time: '18:30'}]"),
    ["30 1 * * * UTC", "30 18 * * 5 UTC"],
  );
  deepEqual(codes("[{interval: daily, time: '25:00'}]"), ["value-invalid"]);
});

test("S-024, S-075, S-078: nothing, a list, and the mark that it is started by hand", () => {
  const triggers = (on: string) => load(workflowText("w", on)).workflows[0]?.triggers;
  for (const on of ["null", "{}", "[]"]) {
    deepEqual(codes(on), [], on);
    deepEqual(triggers(on)?.schedules, []);
  }
  const { schedules, manual } = triggers("[{cron: '0 9 * * *'}, {manual: true}]")!;
  deepEqual([schedules.length, manual], [1, true]);
  deepEqual([triggers("{manual: false}")?.manual, triggers("[]")?.manual], [false, false]);
});

const at = (text: string) => Date.parse(`${text}Z`);
const after = (cron: string, text: string) => {
  const next = nextSlot(scheduleIn(`[{cron: '${cron}'}]`), at(text), { calendar });
  return next === undefined ? undefined : new Date(next).toISOString();
};

test("C-078, C-079, C-080: a day and a weekday must both match, and ? is any day", () => {
  equal(after("0 9 13 * FRI", "2026-01-01T00:00"), "2026-02-13T09:00:00.000Z");
  equal(after("0 9 ? * ?", "2026-01-01T09:00"), "2026-01-02T09:00:00.000Z");
});

test("C-081: the next slot is behind the moment that is asked about, to the millisecond; that moment may be a slot", () => {
  equal(after("0 9 * * *", "2026-01-01T08:59:59.999"), "2026-01-01T09:00:00.000Z");
  equal(after("0 9 * * *", "2026-01-01T09:00:00.000"), "2026-01-02T09:00:00.000Z");
  equal(after("* * * * *", "2026-01-01T09:00:00.001"), "2026-01-01T09:01:00.000Z");
  equal(hasSlot(scheduleIn("[{cron: '0 9 * * *'}]"), at("2026-01-01T09:00"), { calendar }), true);
});

test("C-082, C-083: slots come one after another, backwards too, and a schedule with a year ends", () => {
  equal(after("0 9 1 1 * 2030", "2026-01-01T00:00"), "2030-01-01T09:00:00.000Z");
  equal(after("0 9 1 1 * 2030", "2030-01-01T09:00"), undefined);
  const yearly = scheduleIn("[{cron: '0 9 1 1 * 2030'}]");
  equal(previousSlot(yearly, at("2031-01-01T00:00"), { calendar }), at("2030-01-01T09:00"));
  equal(previousSlot(yearly, at("2030-01-01T09:00"), { calendar }), undefined);
});

test("C-084, C-087: a date without a zone is one of UTC, wherever the host is", () =>
  withEtl(async (etl) => {
    const date = await etl.validateRelease(Datetime.parse("2026-01-31T08:00:42")!);
    deepEqual(date, new Date("2026-01-31T08:00:00Z"));
    const zoned = await etl.validateRelease(Datetime.parse("2026-01-31T09:00:00+01:00")!);
    deepEqual(zoned, date);
  }));

test("C-085, C-086: texts stay as they are written, and what comes is in the order of its times", () => {
  const on = "[{cron: '0-59/1 9 * * MON-FRI'}, {cron: '30 8 * * 1'}]";
  deepEqual(schedules(on), ["0-59/1 9 * * MON-FRI UTC", "30 8 * * 1 UTC"]);
  const { workflows } = load(workflowText("w", on));
  const nowMs = at("2026-01-05T00:00");
  const coming = comingSlots(workflows, { calendar, nowMs, untilMs: Infinity, limit: 2 });
  deepEqual(coming.map(({ slotMs }) => new Date(slotMs).toISOString().slice(11, 16)), [
    ...["08:30", "09:00"],
  ]);
});

test("C-299: a release has as many jobs at once as its workflow says", () =>
  withEtl(async (_, sluice) => {
    const text = TEXT.replace("etl:\n", "wide:\n").replace("  type:", "  max-parallel: 7\n  type:");
    await sluice.loadText(text.slice(0, text.indexOf("any:")), "wide.yml");
    const { runId } = await (await sluice.workflow("wide")).release(NINE);
    equal(planOf(await sluice.engine.read(runId)).maxParallel, 7);
  }));

test("S-044: a release is kept by the audit that is given, or by none", () =>
  withEtl(async (etl, _, audit) => {
    const kept: string[] = [];
    const other: Audit = {
      ...{ name: "other", find: () => Promise.resolve([]), has: () => Promise.resolve(false) },
      save: ({ runId }) => {
        kept.push(runId);
        return Promise.resolve(runId);
      },
    };
    await etl.release(NINE, { audit: other });
    deepEqual(kept, [SLOT]);
    deepEqual(await audit.find({ name: "etl" }), []);
  }));
