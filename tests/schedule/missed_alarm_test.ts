import { deepEqual, equal } from "node:assert/strict";
import { standingsOf } from "../../core/engine/schedule_standings.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import type { MissedRun } from "../../core/plugin/sink.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { consoleTraceKind } from "../../plugins/trace/console_trace.ts";
import { test } from "../harness.ts";
import { Daemon, HOUR, load, NEW_YEAR, SECOND, workflowText } from "./rig.ts";

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
    ...{ slotMs: NEW_YEAR + HOUR, atMs: NEW_YEAR + HOUR + 5 * 60 * SECOND },
    why: 'nothing was there to start it, and "catch-up" is "none"',
  }]);
});

test("a trace keeps what was missed as an error, under the id of the run that did not come", () => {
  const told: string[] = [];
  const trace = consoleTraceKind().open({ format: "{level} {run_id} {message}" }, {
    ...{ host: new FakeHost(), clock: new ManualClock(), statePath: "/state", debug: false },
    ...{ timezone: "UTC", warn: () => {}, tell: (line) => told.push(line) },
  });
  trace.missed?.({ workflow: "w", runId: "w@1", slotMs: NEW_YEAR, atMs: NEW_YEAR, why: "so" });
  deepEqual(told, ["ERROR w@1 Missed 'w' for 2026-01-01T00:00:00.000Z: so"]);
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
  equal((await standing())?.missedMs, NEW_YEAR);
  equal((await standing())?.schedule, "file");
  write("new");
  await clock.advance(5 * SECOND);
  equal((await standing())?.missedMs, undefined);
  equal((await standing())?.last?.trigger, "file");
  await two.drain();
});
