import assert from "node:assert/strict";
import { statSync } from "node:fs";
import fc from "fast-check";
import type { OutputLine } from "../../core/plugin/sink.ts";
import { FakeHost, type FakeHostOptions } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { openHost, systemClock } from "../../platform/mod.ts";
import {
  fileLog,
  type FileLogOptions,
  FLUSH_INTERVAL_MS,
  type LogQuery,
} from "../../plugins/file_log.ts";
import { test } from "../harness.ts";

const START_MS = Date.UTC(2026, 0, 31);

function logged(options: Partial<FileLogOptions> = {}, hostOptions: FakeHostOptions = {}) {
  const host = new FakeHost(hostOptions);
  const clock = new ManualClock(START_MS);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const log = fileLog({ folder: "/logs", host, clock, warn, ...options });
  return { host, clock, warnings, log };
}

function line(text: string, changes: Partial<OutputLine> = {}): OutputLine {
  return { at: START_MS, stage: "load[]/fetch", attempt: 1, stream: "stdout", text, ...changes };
}

async function textsOf(log: ReturnType<typeof fileLog>, query?: LogQuery): Promise<string[]> {
  return (await Array.fromAsync(log.read("run", query))).map(({ text }) => text);
}

test("fileLog() writes a file for each attempt, for people to read", async () => {
  const { host, log } = logged();
  log.lines("run", line("Hello"));
  log.lines("run", line("world"));
  log.lines("run", line("careful", { stream: "stderr" }));
  log.lines("run", line(" careful", { at: START_MS + 215, stream: "stderr" }));
  log.lines("run", line("again", { attempt: 2, at: START_MS + 300 }));
  await log.flush("run");
  assert.deepEqual(Object.fromEntries(host.files), {
    "/logs/run/load[]%2ffetch.1.log":
      `{"log":1,"run":"run","stage":"load[]/fetch","attempt":1,"at":${START_MS}}\n` +
      "0 1 Hello\n world\n0 2 careful\n215 2  careful\n",
    "/logs/run/load[]%2ffetch.2.log":
      `{"log":1,"run":"run","stage":"load[]/fetch","attempt":2,"at":${START_MS + 300}}\n` +
      "0 1 again\n",
  });
  assert.deepEqual([...new Set(host.modes.values())], [0o600]);
});

test("fileLog() gives lines back as they came, whatever they contain", async () => {
  const anyLine = fc.record({
    at: fc.integer({ min: START_MS - 1_000, max: START_MS + 1_000_000 }),
    stage: fc.constantFrom("a[]/x", "a[]/y", "../../x", "A[]/x", "x".repeat(300)),
    attempt: fc.integer({ min: 1, max: 3 }),
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    text: fc.oneof(
      fc.constantFrom(
        "",
        " ",
        "{",
        '{"log":1}',
        "0 1 x",
        "\r",
        "\u001b[31m",
        "\0",
        "ü😀",
        "\u2028",
      ),
      fc.string().filter((text) => !text.includes("\n")),
    ),
  }, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.array(anyLine, { minLength: 1, maxLength: 30 }), async (lines) => {
      const { log } = logged();
      for (const it of lines) log.lines("run", it);
      await log.flush("run");
      for (const { stage, attempt } of lines) {
        const expected = lines.filter((it) => it.stage === stage && it.attempt === attempt);
        assert.deepEqual(await Array.fromAsync(log.read("run", { stage, attempt })), expected);
      }
      assert.equal((await Array.fromAsync(log.read("run"))).length, lines.length);
    }),
    { numRuns: 100 },
  );
});

test("fileLog() reads a run, a stage or an attempt, in the order in which attempts began", async () => {
  const { log } = logged();
  log.lines("run", line("b1", { stage: "b", at: START_MS + 1 }));
  log.lines("run", line("a1", { stage: "a", at: START_MS + 2 }));
  log.lines("run", line("a2", { stage: "a", attempt: 2, at: START_MS + 3 }));
  log.lines("run", line("b1 more", { stage: "b", at: START_MS + 4 }));
  log.lines("other", line("other", { stage: "a" }));
  await Promise.all([log.flush("run"), log.flush("other")]);
  assert.deepEqual(await textsOf(log), ["b1", "b1 more", "a1", "a2"]);
  assert.deepEqual(await textsOf(log, { stage: "a" }), ["a1", "a2"]);
  assert.deepEqual(await textsOf(log, { attempt: 1 }), ["b1", "b1 more", "a1"]);
  assert.deepEqual(await textsOf(log, { stage: "a", attempt: 2 }), ["a2"]);
  assert.deepEqual(await textsOf(log, { stage: "none" }), []);
  assert.deepEqual(await Array.fromAsync(log.read("nowhere")), []);
});

test("fileLog() writes what is waiting after a while, not line by line", async () => {
  let writes = 0;
  const count = (operation: string) => operation === "write" ? void writes++ : undefined;
  const { clock, log } = logged({}, { fault: count });
  for (let nth = 0; nth < 1_000; nth++) log.lines("run", line(`${nth}`));
  await clock.advance(FLUSH_INTERVAL_MS - 1);
  assert.equal(writes, 0);
  await clock.advance(1);
  assert.equal(writes, 1);
  assert.equal((await textsOf(log)).length, 1_000);
  log.lines("run", line("later"));
  await clock.advance(FLUSH_INTERVAL_MS);
  assert.equal(writes, 2);
  assert.equal((await textsOf(log)).length, 1_001);
});

test("fileLog() waits for nothing when nothing is waiting", async () => {
  const { clock, log } = logged();
  await log.flush("run");
  assert.equal(clock.sleeping, 0);
  log.lines("run", line("one"));
  assert.equal(clock.sleeping, 1);
  await log.flush("run");
  assert.equal(clock.sleeping, 0);
  log.lines("run", line("two"));
  await clock.advance(FLUSH_INTERVAL_MS);
  assert.equal(clock.sleeping, 0);
  assert.deepEqual(await textsOf(log), ["one", "two"]);
});

test("fileLog() writes a line that comes right behind a flush", async () => {
  const { clock, log } = logged();
  log.lines("run", line("one"));
  const flushed = log.flush("run");
  log.lines("run", line("two"));
  await flushed;
  await clock.advance(FLUSH_INTERVAL_MS);
  assert.deepEqual(await textsOf(log), ["one", "two"]);
});

test("fileLog() keeps lines apart that a text would run together or forge", async () => {
  const { log } = logged();
  log.lines("run", line('one\n{"log":1,"run":"run","stage":"b","attempt":1,"at":0}\n0 2 forged'));
  log.lines("run", line("two"));
  await log.flush("run");
  const lines = await Array.fromAsync(log.read("run"));
  assert.deepEqual(new Set(lines.map(({ stage, stream }) => `${stage} ${stream}`)).size, 1);
  assert.deepEqual(lines.map(({ text }) => text), [
    "one",
    '{"log":1,"run":"run","stage":"b","attempt":1,"at":0}',
    "0 2 forged",
    "two",
  ]);
});

test("fileLog() cuts an attempt that prints too much, and says so", async () => {
  const { host, log, warnings } = logged({ maxLength: 200 });
  for (let nth = 0; nth < 100; nth++) log.lines("run", line(`line ${nth}`));
  log.lines("run", line("of another", { attempt: 2 }));
  await log.flush("run");
  const texts = await textsOf(log, { attempt: 1 });
  assert.equal(texts.at(-1), "[sluice] Output is cut here: no more than 200 characters are kept");
  assert.equal(texts[0], "line 0");
  assert.equal(texts.length, 22);
  assert.ok((host.files.get("/logs/run/load[]%2ffetch.1.log") ?? "").length < 400);
  assert.deepEqual(await textsOf(log, { attempt: 2 }), ["of another"]);
  assert.deepEqual(warnings, []);
});

test("fileLog() counts what it adds to lines as well", async () => {
  const { host, log } = logged({ maxLength: 10_000 });
  const streams = ["stdout", "stderr"] as const;
  for (let nth = 0; nth < 10_000; nth++) {
    log.lines("run", line("", { stream: streams[nth % 2] ?? "stdout" }));
  }
  await log.flush("run");
  assert.ok((host.files.get("/logs/run/load[]%2ffetch.1.log") ?? "").length < 10_000);
});

test("fileLog() writes a flood in pieces as it comes, and loses none of it", async () => {
  const { host, log } = logged();
  const text = "x".repeat(999);
  let longestWait = 0;
  for (let nth = 1; nth <= 5_000; nth++) {
    log.lines("run", line(text, { at: START_MS + nth % 7 }));
    const written = host.files.get("/logs/run/load[]%2ffetch.1.log")?.length ?? 0;
    longestWait = Math.max(longestWait, nth * 1_000 - written);
  }
  assert.ok(longestWait <= 300_000, `${longestWait}`);
  await log.flush("run");
  assert.equal((await textsOf(log)).filter((it) => it === text).length, 5_000);
});

test("fileLog() lets a run go on when the disk is full, with one warning", async () => {
  let full = true;
  const { host, log, warnings } = logged({}, {
    fault: (operation) => operation === "write" && full ? "ENOSPC" : undefined,
  });
  for (const attempt of [1, 2, 3]) log.lines("run", line("lost", { attempt }));
  await log.flush("run");
  log.lines("run", line("lost, too"));
  await log.flush("run");
  assert.equal(host.files.size, 0);
  assert.deepEqual(warnings, [
    'Some output of stages is not kept: Cannot write "/logs/run/load[]%2ffetch.1.log": ' +
    "the system says ENOSPC",
  ]);
  full = false;
  log.lines("run", line("kept", { attempt: 4 }));
  await log.flush("run");
  assert.deepEqual(await textsOf(log), ["kept"]);
  assert.equal(warnings.length, 1);
});

test("fileLog() takes no more of an attempt whose file it could not write", async () => {
  let full = true;
  const { clock, log } = logged({}, {
    fault: (operation) => operation === "write" && full ? "ENOSPC" : undefined,
  });
  log.lines("run", line("lost"));
  await clock.advance(FLUSH_INTERVAL_MS);
  full = false;
  for (let nth = 0; nth < 100; nth++) log.lines("run", line("x".repeat(1_000_000)));
  await log.flush("run");
  assert.deepEqual(await textsOf(log), []);
});

test("fileLog() reads on behind a torn row, as a killed process leaves it", async () => {
  const path = "/logs/run/load[]%2ffetch.1.log";
  const header = `{"log":1,"run":"run","stage":"load[]/fetch","attempt":1,"at":${START_MS}}\n`;
  const { host, log } = logged();
  host.files.set(path, `${header}0 1 one\n two\n10`);
  assert.deepEqual(await textsOf(log), ["one", "two"]);
  const torn = `{"log":1,"run":"ru\n0 1 nobody's\n nobody's\n`;
  const later = '{"log":2,"rows":[]}\n0 1 unknown\n';
  host.files.set(path, `${torn}${header} none\n0 1 three\n7 3 none\n none\n${later}`);
  assert.deepEqual(await textsOf(log), ["three"]);
});

test("fileLog() keeps its files on a real disk from other users, and inside its folder", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-log-");
  const warn = (message: string) => assert.fail(message);
  const log = fileLog({ folder: `${folder}/logs`, host, clock: systemClock, warn });
  const stage = "../../../x";
  for (let nth = 0; nth < 20_000; nth++) {
    log.lines("../run", line(`line ${nth} ${"ü".repeat(50)}`, { stage }));
  }
  await log.flush("../run");
  const files = await host.listFiles(folder);
  assert.deepEqual(files, ["logs/%2e.%2frun/%2e.%2f..%2f..%2fx.1.log"]);
  assert.equal(statSync(`${folder}/${files?.[0]}`).mode & 0o777, 0o600);
  assert.equal(statSync(`${folder}/logs/%2e.%2frun`).mode & 0o777, 0o700);
  let count = 0;
  for await (const { text } of log.read("../run", { stage })) {
    assert.equal(text, `line ${count++} ${"ü".repeat(50)}`);
  }
  assert.equal(count, 20_000);
  await host.remove(folder);
});

test("fileLog() reads from any line on, over pieces, attempts and moments", async () => {
  const { log } = logged();
  const written: string[] = [];
  for (const attempt of [1, 2, 3]) {
    for (let at = 0; at < 7; at++) {
      const text = `${attempt}.${at}`;
      log.lines("run", line(text, { attempt, at: START_MS + attempt * 100 + (at >> 1) }));
      written.push(text);
    }
  }
  await log.flush("run");
  for (const from of [20, 0, 7, 8, 13, 14, 21, 99, 3]) {
    assert.deepEqual(await textsOf(log, { from }), written.slice(from), `from ${from}`);
  }
  assert.deepEqual(await textsOf(log, { attempt: 2, from: 5 }), ["2.5", "2.6"]);
});

test("fileLog() does not read a long file from its beginning twice", async () => {
  const readFrom: number[] = [];
  class WatchedHost extends FakeHost {
    override readPieces(path: string, options: { readonly from: number }) {
      readFrom.push(options.from);
      return super.readPieces(path, options);
    }
  }
  const { log } = logged({ host: new WatchedHost() });
  const count = 2_000;
  for (let at = 0; at < count; at++) log.lines("run", line("x".repeat(100), { at: START_MS + at }));
  await log.flush("run");
  assert.equal((await textsOf(log, { stage: "load[]/fetch" })).length, count);
  readFrom.length = 0;
  assert.equal((await textsOf(log, { stage: "load[]/fetch", from: count - 5 })).length, 5);
  assert.ok((readFrom.at(-1) ?? 0) > 150_000, `it was read from byte ${readFrom}`);
});

test("fileLog() reads a run anew that was removed and started under the same id", async () => {
  const { host, log } = logged();
  const other = logged({ host }).log;
  for (let at = 0; at < 1_000; at++) log.lines("run", line("y".repeat(100), { at: START_MS + at }));
  await log.flush("run");
  await textsOf(log);
  await other.remove("run");
  other.lines("run", line("new", { at: START_MS + 5_000 }));
  await other.flush("run");
  assert.deepEqual(await textsOf(log, { from: 0 }), ["new"]);
  assert.deepEqual(await textsOf(log, { from: 900 }), []);
});

test("fileLog() gives all stages as one log in order of time, from any place on", async () => {
  const anyLine = fc.record({
    stage: fc.constantFrom("a[]/x", "a[]/y", "b[]/x"),
    attempt: fc.integer({ min: 1, max: 2 }),
    afterMs: fc.integer({ min: -2, max: 3 }),
  }, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.array(anyLine, { maxLength: 40 }), async (lines) => {
      const { log } = logged();
      let at = START_MS;
      for (const [nth, { stage, attempt, afterMs }] of lines.entries()) {
        log.lines("run", line(`${nth}`, { stage, attempt, at: at += afterMs }));
      }
      await log.flush("run");
      const all = await Array.fromAsync(log.merged("run"));
      assert.equal(new Set(all.map(({ line: { text } }) => text)).size, lines.length);
      const moments = all.map(({ cursor }) => cursor.atMs);
      assert.deepEqual(moments, moments.toSorted((one, other) => one - other));
      for (const [nth, { cursor }] of all.entries()) {
        const rest = await Array.fromAsync(log.merged("run", { after: cursor }));
        assert.deepEqual(rest, all.slice(nth + 1));
        const before = await Array.fromAsync(log.merged("run", { untilMs: cursor.atMs }));
        assert.deepEqual(before, all.filter((it) => it.cursor.atMs < cursor.atMs));
      }
      const perAttempt = Map.groupBy(all, ({ line: { stage, attempt } }) => stage + attempt);
      for (const [, own] of perAttempt) {
        const texts = own.map(({ line: { text } }) => Number(text));
        assert.deepEqual(texts, texts.toSorted((one, other) => one - other));
      }
    }),
    { numRuns: 200 },
  );
});
