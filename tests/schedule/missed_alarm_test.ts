import { deepEqual, equal } from "node:assert/strict";
import { Backfill, backfillSlots } from "../../core/engine/backfill.ts";
import { standingsOf } from "../../core/engine/schedule_standings.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { MAX_COUNTED_SLOTS, SlotCounter } from "../../core/schedule/missed_slots.ts";
import type { MissedRun } from "../../core/plugin/sink.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { consoleTraceKind } from "../../plugins/trace/console_trace.ts";
import { test } from "../harness.ts";
import { calendar, Daemon, HOUR, load, NEW_YEAR, scheduleIn, SECOND, workflowText } from "./rig.ts";

test("Scheduler tells all sinks of a slot that it missed", async () => {
  const [clock, store] = [new ManualClock(NEW_YEAR), memoryJournal()];
  const text = workflowText("w", "[{every: 10m}]");
  await new Daemon(() => text, { clock, store }).start().drain();
  await clock.advance(HOUR + 5 * 60 * SECOND);
  const daemon = new Daemon(() => text, { clock, store, id: "daemon-2" });
  const heard: MissedRun[] = [];
  using _telling = daemon.engine.tell({ name: "ear", missed: (missed) => heard.push(missed) });
  daemon.start();
  await clock.advance(SECOND);
  await daemon.drain();
  deepEqual(heard, [{
    ...{ workflow: "w", runId: "w@2026-01-01T01:00Z" },
    ...{ slotMs: NEW_YEAR + HOUR, firstMs: NEW_YEAR + HOUR / 6, count: 6 },
    atMs: NEW_YEAR + HOUR + 5 * 60 * SECOND,
    why: 'nothing was there to start them, and "catch-up" is "none"',
  }]);
});

test("a trace keeps what was missed as an error, under the id of the run that did not come", () => {
  const told: string[] = [];
  const trace = consoleTraceKind().open({ format: "{level} {run_id} {message}" }, {
    ...{ host: new FakeHost(), clock: new ManualClock(), statePath: "/state", debug: false },
    ...{ timezone: "UTC", warn: () => {}, tell: (line) => told.push(line) },
  });
  const missed = { workflow: "w", runId: "w@1", slotMs: NEW_YEAR, atMs: NEW_YEAR, why: "so" };
  trace.missed?.({ ...missed, firstMs: NEW_YEAR, count: 1 });
  trace.missed?.({ ...missed, firstMs: NEW_YEAR - HOUR, count: 3 });
  trace.missed?.({ ...missed, firstMs: NEW_YEAR - HOUR, count: undefined });
  const span = "slots from 2025-12-31T23:00:00.000Z to 2026-01-01T00:00:00.000Z: so";
  deepEqual(told, [
    "ERROR w@1 Missed 'w' for 2026-01-01T00:00:00.000Z: so",
    `ERROR w@1 Missed 'w' for 3 ${span}`,
    `ERROR w@1 Missed 'w' for many ${span}`,
  ]);
});

test("standingsOf() shows what a trigger has missed until a later run makes it good", async () => {
  const [clock, store, host] = [new ManualClock(NEW_YEAR), memoryJournal(), new FakeHost()];
  const text = workflowText("w", "[{file: {path: inbox}}]");
  const daemon = (id: string) => new Daemon(() => text, { clock, store, host, id }).start();
  const write = (name: string) => {
    host.files.set(`/work/inbox/${name}`, "");
    host.times.set(`/work/inbox/${name}`, clock.now());
  };
  await daemon("one").drain();
  write("late");
  await clock.advance(HOUR);
  const two = daemon("two");
  await clock.advance(5 * SECOND);
  const { workflows: [workflow] } = load(text);
  const standing = async () => (await standingsOf(two.engine, workflow!))[0];
  equal((await standing())?.missed?.lastMs, NEW_YEAR);
  equal((await standing())?.schedule, "file");
  write("new");
  await clock.advance(5 * SECOND);
  equal((await standing())?.missed, undefined);
  equal((await standing())?.last?.trigger, "file");
  await two.drain();
});

test("standingsOf() tells all slots that were missed one after another, over restarts, until one is run", async () => {
  const [clock, store] = [new ManualClock(NEW_YEAR), memoryJournal()];
  const text = workflowText("w", "[{cron: '0 * * * *'}]");
  let count = 0;
  const visit = async (hours: number) => {
    await clock.advance(hours * HOUR);
    const daemon = new Daemon(() => text, { clock, store, id: `visit-${count++}` }).start();
    await clock.advance(SECOND);
    await daemon.drain();
    const { workflows: [workflow] } = load(text);
    const { missed } = (await standingsOf(daemon.engine, workflow!))[0]!;
    const hour = (ms: number) => (ms - NEW_YEAR) / HOUR;
    return missed && [hour(missed.firstMs), hour(missed.lastMs), missed.count];
  };
  equal(await visit(0.5), undefined);
  deepEqual(await visit(3), [1, 3, 3]);
  deepEqual(await visit(2), [1, 5, 5], "a short visit makes nothing good");
  const daemon = new Daemon(() => text, { clock, store, id: "stays" }).start();
  await clock.advance(HOUR);
  await daemon.drain();
  equal(await visit(0), undefined, "a run makes all before it good");
  deepEqual(await visit(2), [7, 8, 2]);
});

test("standingsOf() tells what passes while no scheduler runs, until a backfill makes it good", async () => {
  const [clock, store] = [new ManualClock(NEW_YEAR), memoryJournal()];
  const text = workflowText("w", "[{cron: '0 * * * *'}]");
  const daemon = new Daemon(() => text, { clock, store }).start();
  await clock.advance(SECOND);
  await daemon.drain();
  await clock.advance(3 * HOUR);
  const { workflows: [workflow] } = load(text);
  const standing = async () => (await standingsOf(daemon.engine, workflow!))[0]?.missed;
  deepEqual(await standing(), {
    ...{ firstMs: NEW_YEAR + HOUR, lastMs: NEW_YEAR + 2 * HOUR, count: 2 },
  }, "the third hour is not a minute old");
  await clock.advance(HOUR);
  const span = { fromMs: NEW_YEAR, toMs: clock.now() };
  const slots = await backfillSlots(daemon.engine, workflow!, span);
  await new Backfill(daemon.engine, { workflow: workflow! }).run(slots);
  equal(await standing(), undefined);
});

test("SlotCounter counts no more than it may, whatever the schedule", () => {
  const hourly = scheduleIn("[{cron: '0 * * * *'}]");
  const counter = new SlotCounter();
  const count = (slots: number, schedule = hourly) =>
    counter.count(schedule, { firstMs: NEW_YEAR, lastMs: NEW_YEAR + (slots - 1) * HOUR }, {
      calendar,
    });
  deepEqual([count(1), count(24), count(2)], [1, 24, 2]);
  equal(count(MAX_COUNTED_SLOTS), undefined);
  deepEqual([count(1), count(2)], [1, undefined], "what is left counts for all");
  equal(count(10_001, scheduleIn("[{every: 1h}]")), 10_001, "a length of time takes no counting");
});

test("standingsOf() shows what a workflow follows, and its last run", async () => {
  const [clock, store] = [new ManualClock(NEW_YEAR), memoryJournal()];
  const text = workflowText("first", "[{every: 10m}]") +
    workflowText("then", "{release: [first, {workflow: other, when: failure}]}");
  const daemon = new Daemon(() => text, { clock, store }).start();
  await clock.advance(HOUR / 4);
  await daemon.drain();
  const { workflows } = load(text);
  const standings = await standingsOf(daemon.engine, workflows[1]!);
  deepEqual(standings.map(({ schedule, missed }) => [schedule, missed]), [
    ["release first", undefined],
    ["release other (failure)", undefined],
  ]);
  equal(standings[0]?.last?.parentRunId, "first@2026-01-01T00:10Z");
});
