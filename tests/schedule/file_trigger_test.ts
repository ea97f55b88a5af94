import { deepEqual, equal, match } from "node:assert/strict";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { filesAt, MAX_WATCHED_FILES } from "../../plugins/file_trigger/files_at.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, HOUR, load, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

/** A folder that daemons watch, in virtual time. */
class Watched {
  readonly clock = new ManualClock(NEW_YEAR);
  readonly store = memoryJournal();
  readonly host = new FakeHost();

  constructor(readonly on: string, readonly more = "params: {event: map},") {}

  daemon(id?: string): Daemon {
    const { clock, store, host, more } = this;
    const text = workflowText("w", `[{file: ${this.on}}]`, { more });
    return new Daemon(() => text, { clock, store, host, ...(id && { id }) }).start();
  }

  write(path: string, text: string): void {
    this.host.files.set(`/work/${path}`, text);
    this.host.times.set(`/work/${path}`, this.clock.now());
  }

  /** `type path` of each run's event, oldest first. */
  async told(daemon: Daemon): Promise<string[]> {
    const told = [];
    for (const { runId } of await runsOf(this.store)) {
      const { params } = (await daemon.engine.read(runId)).plan ?? {};
      const event = params?.event as { type?: string; path?: string } | undefined;
      told.push(`${event?.type} ${event?.path}`);
    }
    return told;
  }
}

test("a file that comes or changes starts a run that is told of it", async () => {
  const watched = new Watched("{path: inbox}");
  watched.write("inbox/old.csv", "1");
  await watched.clock.advance(SECOND);
  const daemon = watched.daemon();
  await watched.clock.advance(5 * SECOND);
  watched.write("inbox/new.csv", "1,2");
  await watched.clock.advance(5 * SECOND);
  watched.write("inbox/old.csv", "1,2,3");
  await watched.clock.advance(5 * SECOND);
  deepEqual(await watched.told(daemon), ["created inbox/new.csv", "changed inbox/old.csv"]);
  const [first] = await runsOf(watched.store);
  match(first?.runId ?? "", /^w@file-[0-9a-f]{32}$/);
  equal(first?.trigger, "file");
  const { plan } = await daemon.engine.read(first?.runId ?? "");
  deepEqual(plan?.params.event, {
    ...{ type: "created", path: "inbox/new.csv", name: "new.csv", size: 3 },
    at: "2026-01-01T00:00:06.000Z",
  });
  await daemon.drain();
});

test("a file that is still written to starts nothing until it is left alone", async () => {
  const watched = new Watched("{path: inbox, settle: 3s}");
  const daemon = watched.daemon();
  for (let size = 0; size < 10; size++) {
    watched.write("inbox/big.csv", "x".repeat(size));
    await watched.clock.advance(2 * SECOND);
  }
  deepEqual(await watched.told(daemon), []);
  await watched.clock.advance(5 * SECOND);
  deepEqual(await watched.told(daemon), ["created inbox/big.csv"]);
  await daemon.drain();
});

test("only the events that were asked for start a run", async () => {
  const watched = new Watched("{path: inbox/*.csv, event_type: [deleted], param: event}");
  const daemon = watched.daemon();
  watched.write("inbox/a.csv", "1");
  watched.write("inbox/a.txt", "1");
  await watched.clock.advance(10 * SECOND);
  watched.host.files.clear();
  await watched.clock.advance(10 * SECOND);
  deepEqual(await watched.told(daemon), ["removed inbox/a.csv"]);
  await daemon.drain();
});

test("two daemons and restarts make one run of one change", async () => {
  const watched = new Watched("{path: inbox}", "catch-up: all, params: {event: map},");
  const daemons = [watched.daemon("one"), watched.daemon("two")];
  await watched.clock.advance(2 * SECOND);
  for (let hour = 0; hour < 4; hour++) {
    watched.write(`inbox/${hour}.csv`, "1");
    await watched.clock.advance(10 * SECOND);
  }
  for (const daemon of daemons) await daemon.drain();
  // Nobody is there.
  watched.write("inbox/late.csv", "1");
  await watched.clock.advance(HOUR);
  const again = [watched.daemon("three"), watched.daemon("four")];
  await watched.clock.advance(10 * SECOND);
  deepEqual(await watched.told(again[0] ?? daemons[0]!), [
    ...["0", "1", "2", "3", "late"].map((name) => `created inbox/${name}.csv`),
  ]);
  for (const daemon of again) await daemon.drain();
});

test("what changes while nobody is there is missed where nothing is caught up with", async () => {
  const watched = new Watched("{path: inbox}");
  await watched.daemon().drain();
  watched.write("inbox/late.csv", "1");
  await watched.clock.advance(HOUR);
  const daemon = watched.daemon();
  await watched.clock.advance(10 * SECOND);
  deepEqual(await watched.told(daemon), []);
  deepEqual(daemon.said("missed").map(({ slotMs }) => slotMs), [NEW_YEAR]);
  await daemon.drain();
  const again = watched.daemon();
  await watched.clock.advance(10 * SECOND);
  deepEqual(again.said("missed"), [], "it is said once");
  await again.drain();
});

test("an event that starts nothing is not taken for a new file after a restart", async () => {
  const watched = new Watched("{path: inbox, events: created}", "catch-up: all,");
  watched.write("inbox/log", "1");
  await watched.clock.advance(SECOND);
  const daemon = watched.daemon();
  await watched.clock.advance(MINUTE);
  watched.write("inbox/log", "12");
  await watched.clock.advance(MINUTE);
  await daemon.drain();
  const again = watched.daemon();
  await watched.clock.advance(MINUTE);
  deepEqual(await watched.told(again), []);
  await again.drain();
});

test("a folder that cannot be read decides nothing, and is told of once", async () => {
  const watched = new Watched("{path: inbox/*, events: [created, removed]}");
  const broken = { is: false };
  const host = new FakeHost({
    fault: (operation) => operation === "list" && broken.is ? "EIO" : undefined,
  });
  const daemon = Object.assign(watched, { host }).daemon();
  watched.write("inbox/a", "1");
  await watched.clock.advance(5 * SECOND);
  broken.is = true;
  await watched.clock.advance(MINUTE);
  equal(daemon.said("trouble").length, 1);
  broken.is = false;
  await watched.clock.advance(MINUTE);
  deepEqual(await watched.told(daemon), ["created inbox/a"]);
  await daemon.drain();
});

test("filesAt() finds a file, the files of a folder, and those of a form", async () => {
  const host = new FakeHost({
    files: {
      ...{ "in/a.csv": "", "in/b.txt": "", "in/.c.csv": "", "in/deep/d.csv": "" },
      ...{ "in/deep/.git/e.csv": "", "in/x+y.csv": "", "/abs/f.csv": "" },
    },
  });
  const found = async (place: Parameters<typeof filesAt>[0]) =>
    [...(await filesAt(place, host)).keys()].join(" ");
  equal(await found({ path: "in/a.csv" }), "in/a.csv");
  equal(await found({ path: "./in/" }), "in/a.csv in/b.txt in/x+y.csv");
  equal(await found({ path: "in/*.csv" }), "in/a.csv in/x+y.csv");
  equal(await found({ path: "in/?.csv" }), "in/a.csv");
  equal(await found({ path: "in/x+*" }), "in/x+y.csv");
  equal(await found({ path: "in/.*" }), "in/.c.csv");
  equal(await found({ path: "*/*/*.csv" }), "in/deep/d.csv");
  equal(await found({ path: "in/**/*.csv" }), "in/a.csv in/deep/d.csv in/x+y.csv");
  equal(await found({ path: "in", pattern: "*.csv" }), "in/a.csv in/x+y.csv");
  equal(
    await found({ path: "in", recursive: true }),
    "in/a.csv in/b.txt in/deep/d.csv in/x+y.csv",
  );
  equal(await found({ path: "/abs/*.csv" }), "/abs/f.csv");
  equal(await found({ path: "nowhere/*" }), "");
});

test("filesAt() refuses to look at more files than it can", async () => {
  const host = new FakeHost();
  for (let i = 0; i <= MAX_WATCHED_FILES; i++) host.files.set(`/work/in/${i}`, "");
  await filesAt({ path: "in" }, host).then(
    () => Promise.reject(new Error("it looked")),
    ({ code }) => equal(code, "E2BIG"),
  );
});

test("the trigger file refuses what it cannot do", () => {
  const said = (on: string) => load(workflowText("w", `[{file: ${on}}]`)).diagnostics[0]?.message;
  match(said("{}") ?? "", /^Trigger "file" has no "path", which it needs/);
  match(said("{path: a, settle: 2h}") ?? "", /"settle" is a length of time/);
  match(said("{path: a, events: []}") ?? "", /events/);
  match(said("{path: a, source: x}") ?? "", /"source" of trigger "file" has no effect/);
  equal(said("{path: a, settle: 0, debounce_seconds: 3}"), undefined);
});
