/**
 * What every journal store promises, as tests that any store can be put to.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  JournalError,
  type JournalStore,
  type RunJournal,
  type RunQuery,
  type RunSummary,
  type Writer,
} from "../journal.ts";

import type { PermitTable } from "../../schedule/permits.ts";

/** A store to be tested. */
export interface JournalFixture {
  /** An empty store; the suite closes it. */
  readonly store: JournalStore;
  /** Opens what was stored once more, as after a restart; absent for a store that forgets. */
  reopen?(): Promise<JournalStore>;
  /** Removes what was stored; called when all is closed. */
  remove?(): Promise<void>;
}

/** How {@linkcode testJournalStore} gets at stores and at a test runner. */
export interface JournalSuiteOptions {
  /** Makes an empty store. Called once for each test. */
  open(): Promise<JournalFixture>;
  /** Registers a test: `Deno.test`, or the `test` of another runner. */
  register(name: string, body: () => Promise<void>): void;
}

/**
 * Registers a test for each promise of {@linkcode JournalStore}.
 *
 * @example
 * ```ts ignore
 * testJournalStore("myJournal()", {
 *   open: async () => ({ store: await myJournal() }),
 *   register: Deno.test,
 * });
 * ```
 */
export function testJournalStore(name: string, options: JournalSuiteOptions): void {
  for (const [promise, body] of Object.entries(PROMISES)) {
    options.register(`${name} ${promise}`, () => withStore(options, body));
  }
}

type Body = (fixture: JournalFixture) => Promise<void>;

async function withStore({ open }: JournalSuiteOptions, body: Body): Promise<void> {
  const fixture = await open();
  try {
    await body(fixture);
  } finally {
    await fixture.store.close();
    await fixture.remove?.();
  }
}

const writer: Writer = { id: "engine-1", pid: 101, birth: "7001" };
const rival: Writer = { id: "engine-2", pid: 102, birth: "7002" };
const alive = (): boolean => true;
const dead = (): boolean => false;

const PROMISES: Readonly<Record<string, Body>> = {
  async "keeps records in the order in which they were given"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(["one", "two"]);
    await journal.append(["three"]);
    assert.equal(journal.length, 3);
    assert.deepEqual(await records(store, "a"), ["one", "two", "three"]);
  },

  async "keeps the order of appends that are not waited for"({ store }) {
    const journal = await store.create(summary("a"), writer);
    const texts = Array.from({ length: 20 }, (_, index) => `record ${index}`);
    await Promise.all(texts.map((text) => journal.append([text])));
    assert.equal(journal.length, 20);
    assert.deepEqual(await records(store, "a"), texts);
  },

  async "gives every text back as it was given"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(AWKWARD);
    for (const text of AWKWARD) await journal.append([text]);
    assert.deepEqual(await records(store, "a"), [...AWKWARD, ...AWKWARD]);
  },

  async "keeps one large append whole"({ store }) {
    const journal = await store.create(summary("a"), writer);
    const large = Array.from({ length: 5_000 }, (_, index) => `${index} ${"x".repeat(200)}`);
    await journal.append([...large, "y".repeat(2_000_000)]);
    assert.equal(journal.length, 5_001);
    assert.deepEqual((await records(store, "a")).slice(0, 5_000), large);
    assert.equal((await records(store, "a", 5_000))[0]?.length, 2_000_000);
  },

  async "gives large values back as they were, and goes on from the middle of them"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append([...LARGE, "small", ...LARGE]);
    for (const text of LARGE) await journal.append(["small", text]);
    const expected = [...LARGE, "small", ...LARGE, ...LARGE.flatMap((text) => ["small", text])];
    for (const from of [0, 1, LARGE.length + 2]) {
      assert.deepEqual(await records(store, "a", from), expected.slice(from), `from ${from}`);
    }
    assert.equal(journal.length, expected.length);
  },

  async "keeps the order of large and small appends that are not waited for"({ store }) {
    const journal = await store.create(summary("a"), writer);
    const texts = LARGE.flatMap((text, index) => [text, `small ${index}`]);
    await Promise.all(texts.map((text) => journal.append([text])));
    assert.deepEqual(await records(store, "a"), texts);
  },

  async "keeps a large value for as long as a run has it"({ store }) {
    for (const runId of ["a", "b"]) {
      const journal = await store.create(summary(runId), writer);
      await journal.append(LARGE);
      await journal.close();
    }
    await store.remove("a", dead);
    assert.deepEqual(await records(store, "b"), LARGE);
    await store.remove("b", dead);
    const again = await store.create(summary("a"), writer);
    await again.append(LARGE);
    assert.deepEqual(await records(store, "a"), LARGE);
  },

  async "compacts without losing anything, while a run is being written"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await store.create(summary("b"), writer).then((other) => other.append(LARGE));
    await journal.append(LARGE);
    await store.remove("b", dead);
    const [{ freedBytes }] = await Promise.all([store.compact(), journal.append(["small"])]);
    assert.ok(freedBytes >= 0);
    assert.deepEqual(await records(store, "a"), [...LARGE, "small"]);
  },

  async "changes permits in one step and says what they are now"({ store }) {
    assert.deepEqual(await store.permits(), []);
    const permit = {
      ...{ seq: 1, runId: AWKWARD[0] ?? "", priority: 0, holder: writer },
      ...{ groups: [], phase: "waiting", grantedAt: 0 } as const,
    };
    assert.deepEqual(await store.changePermits(() => [permit]), [permit]);
    await store.changePermits((table) => [...table, { ...permit, seq: 2, phase: "held" }]);
    const changed = await store.changePermits((table) => table.filter(({ seq }) => seq === 2));
    assert.deepEqual(changed, [{ ...permit, seq: 2, phase: "held" }]);
    assert.deepEqual(await store.permits(), changed);
  },

  async "shows each change of permits what the one before has left"({ store }) {
    const claim = (table: PermitTable): PermitTable => [...table, {
      ...{ seq: table.length + 1, runId: `run-${table.length}`, priority: 0, holder: writer },
      ...{ groups: [], phase: "waiting", grantedAt: 0 } as const,
    }];
    await Promise.all(Array.from({ length: 20 }, () => store.changePermits(claim)));
    assert.deepEqual((await store.permits()).map(({ seq }) => seq), [
      ...Array.from({ length: 20 }, (_, index) => index + 1),
    ]);
  },

  async "takes an append of nothing"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append([]);
    await journal.append(["one"]);
    await journal.append([]);
    assert.equal(journal.length, 1);
    assert.deepEqual(await records(store, "a"), ["one"]);
  },

  async "reads from any position"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(["0", "1", "2"]);
    await journal.append(["3", "4"]);
    for (let from = 0; from <= 6; from++) {
      const expected = ["0", "1", "2", "3", "4"].slice(from);
      assert.deepEqual(await records(store, "a", from), expected, `from ${from}`);
    }
  },

  async "reads a long run to its end, and as much of it as is wanted"({ store }) {
    const journal = await store.create(summary("a"), writer);
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => journal.append([`${round}.${index}`])),
      );
    }
    assert.equal((await records(store, "a")).length, 3_000);
    for await (const record of store.read("a", 1_234)) {
      assert.equal(record, "12.34");
      break;
    }
    await journal.append(["after the break"]);
    assert.deepEqual(await records(store, "a", 3_000), ["after the break"]);
  },

  async "reads nothing of a run that does not exist"({ store }) {
    assert.deepEqual(await records(store, "nowhere"), []);
  },

  async "keeps runs apart that grow at the same time"({ store }) {
    const names = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    const grow = async (name: string): Promise<void> => {
      const journal = await store.create(summary(name), writer);
      for (let nth = 0; nth < 5; nth++) await journal.append([`${name} ${nth}`]);
    };
    await Promise.all(names.map(grow));
    for (const name of names) {
      const expected = Array.from({ length: 5 }, (_, nth) => `${name} ${nth}`);
      assert.deepEqual(await records(store, name), expected);
    }
  },

  async "makes a run with its first records, and goes on behind them"({ store }) {
    const journal = await store.create(summary("a"), writer, ["one", ...LARGE]);
    assert.equal(journal.length, 1 + LARGE.length);
    await journal.append(["behind"]);
    assert.deepEqual(await records(store, "a"), ["one", ...LARGE, "behind"]);
    await refuses(store.create(summary("a"), rival, ["other"]), "exists");
    assert.deepEqual(await records(store, "a"), ["one", ...LARGE, "behind"]);
  },

  async "does not make a run twice"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(["one"]);
    await refuses(store.create(summary("a"), rival), "exists");
    const both = [store.create(summary("b"), writer), store.create(summary("b"), rival)];
    const made = await Promise.allSettled(both);
    assert.deepEqual(made.map(({ status }) => status), ["fulfilled", "rejected"]);
    assert.deepEqual(await records(store, "a"), ["one"]);
  },

  async "does not make a run that another one of its workflow has overtaken"({ store }) {
    const first = await store.create(summary("a"), writer, [], { newest: null });
    const other = { newest: null };
    await store.create(summary("elsewhere", { workflow: "other" }), writer, [], other);
    await refuses(store.create(summary("b"), rival, ["one"], { newest: null }), "overtaken");
    assert.equal(await store.find("b"), undefined);
    const both = [
      store.create(summary("b"), writer, ["one"], { newest: "a" }),
      store.create(summary("c"), rival, ["two"], { newest: "a" }),
    ];
    const made = await Promise.allSettled(both);
    assert.deepEqual(made.map(({ status }) => status), ["fulfilled", "rejected"]);
    await first.append([], { ...summary("a"), status: "SUCCESS", settledAt: 1 });
    await refuses(store.create(summary("c"), rival, [], { newest: "a" }), "overtaken");
    await store.create(summary("c"), rival, ["two"], { newest: "b" });
    assert.deepEqual(await records(store, "c"), ["two"]);
  },

  async "makes runs after it was told that they will come"({ store }) {
    await store.prepare?.(writer);
    await store.create(summary("a"), writer, ["one"]);
    await store.prepare?.(writer);
    await store.create(summary("b"), writer, ["two"]);
    assert.deepEqual([await records(store, "a"), await records(store, "b")], [["one"], ["two"]]);
  },

  async "does not open a run that does not exist"({ store }) {
    await refuses(store.open("nowhere", writer, dead), "not-found");
  },

  async "does not open a run while its writer lives"({ store }) {
    const journal = await store.create(summary("a"), writer);
    const asked: Writer[] = [];
    const lives = (other: Writer): boolean => asked.push(other) > 0;
    await refuses(store.open("a", rival, lives), "busy");
    assert.deepEqual(asked, [writer]);
    await journal.append(["still mine"]);
    assert.deepEqual(await records(store, "a"), ["still mine"]);
  },

  async "opens a run whose writer died, behind what it left"({ store }) {
    const before = await store.create(summary("a"), writer);
    await before.append(["one", "two"]);
    const journal = await store.open("a", rival, dead);
    assert.equal(journal.length, 2);
    await journal.append(["three"]);
    assert.deepEqual(await records(store, "a"), ["one", "two", "three"]);
    assert.deepEqual(await store.writerOf("a"), rival);
  },

  async "fences off a writer whose run was taken over"({ store }) {
    const before = await store.create(summary("a"), writer);
    const journal = await store.open("a", rival, dead);
    await refuses(before.append(["late"], summary("a", { status: "SUCCESS" })), "fenced");
    await refuses(before.append([]), "fenced");
    await journal.append(["one"]);
    await refuses(before.append(["later"]), "fenced");
    assert.deepEqual(await records(store, "a"), ["one"]);
    assert.equal((await store.find("a"))?.status, "RUNNING");
  },

  async "puts an append that meets a takeover before it or refuses it"({ store }) {
    const before = await store.create(summary("a"), writer);
    const [opened, late] = await Promise.allSettled([
      store.open("a", rival, dead),
      before.append(["late"]),
    ]);
    assert.ok(opened.status === "fulfilled");
    const kept = late.status === "fulfilled" ? ["late"] : [];
    assert.equal(opened.value.length, kept.length);
    await opened.value.append(["one"]);
    assert.deepEqual(await records(store, "a"), [...kept, "one"]);
  },

  async "fences off the same writer when it opens the run again"({ store }) {
    const before = await store.create(summary("a"), writer);
    const journal = await store.open("a", writer, dead);
    await refuses(before.append(["late"]), "fenced");
    await journal.append(["one"]);
    assert.deepEqual(await records(store, "a"), ["one"]);
  },

  async "fails a fenced append alone"({ store }) {
    const before = await store.create(summary("a"), writer);
    await store.open("a", rival, dead);
    const other = await store.create(summary("b"), writer);
    const ends = [other.append(["one"]), before.append(["late"]), other.append(["two"])];
    const statuses = (await Promise.allSettled(ends)).map(({ status }) => status);
    assert.deepEqual(statuses, ["fulfilled", "rejected", "fulfilled"]);
    assert.deepEqual(await records(store, "b"), ["one", "two"]);
  },

  async "lets one of two rivals have a run"({ store }) {
    await (await store.create(summary("a"), writer)).close();
    const opened = await Promise.allSettled([
      store.open("a", writer, alive),
      store.open("a", rival, alive),
    ]);
    assert.deepEqual(opened.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  },

  async "gives a run up when its journal is closed"({ store }) {
    const before = await store.create(summary("a"), writer);
    await before.append(["one"]);
    assert.deepEqual(await store.writerOf("a"), writer);
    await before.close();
    assert.equal(await store.writerOf("a"), undefined);
    const journal = await store.open("a", rival, alive);
    assert.equal(journal.length, 1);
  },

  async "takes no append after a journal is closed"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.close();
    await journal.close();
    await refuses(journal.append(["late"]), "closed");
    assert.deepEqual(await records(store, "a"), []);
  },

  async "leaves the new writer in place when a fenced journal is closed"({ store }) {
    const before = await store.create(summary("a"), writer);
    await store.open("a", rival, dead);
    await before.close();
    assert.deepEqual(await store.writerOf("a"), rival);
  },

  async "knows who writes for as long as the store is open, if it can tell who lives"({
    store,
    reopen,
  }) {
    if (store.lives === undefined) return;
    assert.equal(store.lives(writer), undefined, "it has never heard of this one");
    const journal = await store.create(summary("a"), writer);
    await (await store.create(summary("b"), writer)).close();
    assert.equal(store.lives(writer), true, "it writes another run");
    assert.equal(store.lives(rival), undefined);
    const taken = await store.open("a", rival, dead);
    assert.deepEqual([writer, rival].map((other) => store.lives?.(other)), [true, true]);
    await journal.close();
    await taken.close();
    assert.deepEqual([writer, rival].map((other) => store.lives?.(other)), [true, true]);
    if (reopen === undefined) return;
    await using other = closing(await reopen());
    await other.store.list();
    assert.equal(other.store.lives?.(rival), true, "another store of the same place knows it too");
    await store.close();
    assert.notEqual(other.store.lives?.(rival), true);
  },

  async "finds a writer dead that did not give up its run, if it can tell who lives"({
    store,
    reopen,
  }) {
    if (store.lives === undefined || reopen === undefined) return;
    await store.create(summary("a"), writer);
    await store.close();
    await using again = closing(await reopen());
    assert.deepEqual(await again.store.writerOf("a"), writer);
    assert.equal(again.store.lives?.(writer), false);
    await again.store.create(summary("b"), rival);
    assert.equal(again.store.lives?.(writer), false);
    assert.equal(again.store.lives?.(rival), true);
  },

  async "knows no writer of a run that does not exist"({ store }) {
    assert.equal(await store.writerOf("nowhere"), undefined);
  },

  async "finds a run's summary, with and without what is optional"({ store }) {
    const bare = summary("a");
    const full = summary("b", { settledAt: 1_000_000_000_001, parentRunId: "a", trigger: "cron" });
    await store.create(bare, writer);
    await store.create(full, writer);
    assert.deepEqual(await store.find("a"), bare);
    assert.deepEqual(await store.find("b"), full);
    assert.equal(await store.find("nowhere"), undefined);
  },

  async "takes run ids and names as data, whatever they contain"({ store }) {
    for (const text of AWKWARD) {
      const odd = summary(text, { workflow: text, trigger: text, parentRunId: text });
      const journal = await store.create(odd, writer);
      await journal.append([`of ${text}`]);
      assert.deepEqual(await store.find(text), odd);
      assert.deepEqual(await store.list({ workflow: text }), [odd]);
      assert.deepEqual(await records(store, text), [`of ${text}`]);
    }
    assert.equal((await store.list()).length, AWKWARD.length);
  },

  async "changes the summary together with the records"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(["one"]);
    assert.deepEqual(await store.find("a"), summary("a"));
    const settled = summary("a", { status: "FAILED", settledAt: 1_000_000_000_002 });
    await journal.append(["two"], settled);
    assert.deepEqual(await store.find("a"), settled);
    assert.deepEqual(await store.list({ statuses: ["FAILED"] }), [settled]);
    assert.deepEqual(await store.list({ statuses: ["RUNNING"] }), []);
  },

  async "removes a run with all that belongs to it, and nothing else"({ store }) {
    for (const runId of ["a", "b"]) {
      const journal = await store.create(summary(runId), writer);
      await journal.append([`${runId}1`, `${runId}2`]);
      await journal.close();
      await store.request({ runId, type: "cancel", by: "user", why: "" });
    }
    await store.remove("a", alive);
    assert.equal(await store.find("a"), undefined);
    assert.deepEqual(await records(store, "a"), []);
    assert.deepEqual(await listed(store), ["b"]);
    assert.deepEqual(await records(store, "b"), ["b1", "b2"]);
    assert.deepEqual((await store.requests(0)).map(({ runId }) => runId), ["b"]);
    await store.remove("a", alive);
  },

  async "removes no run while its writer lives"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await journal.append(["one"]);
    await refuses(store.remove("a", (other) => other.id === writer.id), "busy");
    assert.deepEqual(await records(store, "a"), ["one"]);
    await store.remove("a", dead);
    assert.equal(await store.find("a"), undefined);
    await refuses(journal.append(["two"]), "fenced");
  },

  async "makes a run anew that was removed"({ store }) {
    await (await store.create(summary("a"), writer)).append(["old"]);
    await store.remove("a", dead);
    const journal = await store.create(summary("a", { workflow: "other" }), rival);
    assert.equal(journal.length, 0);
    await journal.append(["new"]);
    assert.deepEqual(await records(store, "a"), ["new"]);
    assert.equal((await store.find("a"))?.workflow, "other");
  },

  async "lists runs, newest first"({ store }) {
    assert.deepEqual(await store.list(), []);
    await createRuns(store, 5);
    assert.deepEqual(await listed(store), ["r4", "r3", "r2", "r1", "r0"]);
    assert.deepEqual(await listed(store, { limit: 2 }), ["r4", "r3"]);
    assert.deepEqual(await listed(store, { limit: 0 }), []);
  },

  async "lists 50 runs where nothing else is said"({ store }) {
    await createRuns(store, 60);
    assert.equal((await store.list()).length, 50);
  },

  async "lists only what is asked for"({ store }) {
    await createRuns(store, 12);
    assert.deepEqual(await listed(store, { workflow: "odd" }), [
      "r11",
      "r9",
      "r7",
      "r5",
      "r3",
      "r1",
    ]);
    assert.deepEqual(await listed(store, { statuses: ["WAIT"] }), ["r10", "r7", "r4", "r1"]);
    const both = { statuses: ["WAIT", "SUCCESS", "WAIT"] };
    assert.deepEqual(await listed(store, both), ["r11", "r10", "r8", "r7", "r5", "r4", "r2", "r1"]);
    assert.deepEqual(await listed(store, { ...both, workflow: "odd", limit: 3 }), [
      "r11",
      "r7",
      "r5",
    ]);
    assert.deepEqual(await listed(store, { workflow: "none" }), []);
    assert.deepEqual(await listed(store, { statuses: [] }), []);
  },

  async "lists each run once, page after page, while others come in"({ store }) {
    await createRuns(store, 23);
    const seen = await listed(store, { limit: 5 });
    for (let page = seen; page.length > 0;) {
      await store.create(summary(`newer than page ${seen.length / 5}`), writer);
      page = await listed(store, { limit: 5, after: seen.at(-1) ?? "" });
      seen.push(...page);
    }
    assert.deepEqual(seen, Array.from({ length: 23 }, (_, index) => `r${22 - index}`));
  },

  async "lists pages of what is asked for"({ store }) {
    await createRuns(store, 12);
    const odd = { workflow: "odd", statuses: ["WAIT", "SUCCESS"] };
    assert.deepEqual(await listed(store, { ...odd, after: "r7" }), ["r5", "r1"]);
    assert.deepEqual(await listed(store, { ...odd, after: "r1" }), []);
    assert.deepEqual(await listed(store, { after: "nowhere" }), []);
  },

  async "lists runs in the order in which they ended, from a moment on"({ store }) {
    const ends = { slow: 9, b: 3, a: 5, other: 4, c: 5, d: 2 };
    const at = (ms: number) => 1_000_000_000_000 + ms;
    await store.create(summary("open"), writer);
    for (const [runId, ms] of Object.entries(ends)) {
      const workflow = runId === "other" ? "other" : "etl";
      const journal = await store.create(summary(runId, { workflow }), writer);
      const status = runId === "a" ? "FAILED" : "SUCCESS";
      await journal.append([], summary(runId, { workflow, status, settledAt: at(ms) }));
    }
    const etl = { workflow: "etl", settledFrom: at(3) };
    assert.deepEqual(await listed(store, etl), ["b", "a", "c", "slow"]);
    assert.deepEqual(await listed(store, { settledFrom: at(4) }), ["other", "a", "c", "slow"]);
    assert.deepEqual(await listed(store, { ...etl, statuses: ["SUCCESS"] }), ["b", "c", "slow"]);
    assert.deepEqual(await listed(store, { ...etl, statuses: [] }), []);
    assert.deepEqual(await listed(store, { ...etl, settledFrom: at(10) }), []);
    assert.deepEqual(await listed(store, { ...etl, limit: 2 }), ["b", "a"]);
    assert.deepEqual(await listed(store, { ...etl, limit: 2, after: "a" }), ["c", "slow"]);
    assert.deepEqual(await listed(store, { ...etl, after: "d" }), ["b", "a", "c", "slow"]);
    for (const after of ["slow", "open", "nowhere"]) {
      assert.deepEqual(await listed(store, { ...etl, after }), [], after);
    }
  },

  async "hands requests on in order, each once to who asks behind it"({ store }) {
    assert.deepEqual(await store.requests(0), []);
    await store.request({ runId: "a", type: "cancel", by: "ann", why: "wrong day" });
    await store.request({ runId: "b", type: "cancel", by: "bob", why: "" });
    const [first, second, ...more] = await store.requests(0);
    assert.deepEqual(more, []);
    assert.deepEqual({ ...first, seq: 0 }, {
      seq: 0,
      runId: "a",
      type: "cancel",
      by: "ann",
      why: "wrong day",
    });
    assert.ok(first !== undefined && second !== undefined && first.seq < second.seq);
    assert.deepEqual(await store.requests(first.seq), [second]);
    assert.deepEqual(await store.requests(second.seq), []);
    await store.request({ runId: "c", type: "cancel", by: "cyd", why: "" });
    assert.deepEqual((await store.requests(second.seq)).map(({ runId }) => runId), ["c"]);
  },

  async "lists the runs that were not given up"({ store }) {
    const first = await store.create({ ...summary("first"), status: "SUCCESS" }, writer);
    const second = await store.create(summary("second"), writer);
    await store.create(summary("third"), writer);
    const held = async () => (await store.list({ held: true })).map(({ runId }) => runId);
    assert.deepEqual(await held(), ["third", "second", "first"]);
    await second.close();
    assert.deepEqual(await held(), ["third", "first"]);
    const ended = await store.list({ held: true, statuses: ["SUCCESS"] });
    assert.deepEqual(ended.map(({ runId }) => runId), ["first"]);
    await first.close();
    assert.deepEqual(await held(), ["third"]);
  },

  async "keeps cursors, by the beginning of their keys"({ store }) {
    assert.deepEqual(await store.cursors(""), new Map());
    await store.advance(
      new Map([["slot/etl", 10], ["slot/etl%", 11], ["slot/e_l", 12], ["pause/etl", -1]]),
    );
    assert.deepEqual(await store.cursors("pause/"), new Map([["pause/etl", -1]]));
    const slots = new Map([["slot/e_l", 12], ["slot/etl", 10], ["slot/etl%", 11]]);
    assert.deepEqual(new Map([...await store.cursors("slot/")].toSorted()), slots);
    assert.equal((await store.cursors("slot/etl%")).size, 1);
    assert.equal((await store.cursors("slot/_")).size, 0);
    assert.equal((await store.cursors("")).size, 4);
  },

  async "moves cursors on and never back"({ store }) {
    await store.advance(new Map([["a", 1_000_000_000_000], ["b", 5]]));
    await store.advance(new Map([["a", 999_999_999_999], ["b", 6]]));
    assert.deepEqual(await store.cursors(""), new Map([["a", 1_000_000_000_000], ["b", 6]]));
    await store.advance(new Map());
    await Promise.all([7, 9, 8].map((at) => store.advance(new Map([["b", at]]))));
    assert.equal((await store.cursors("b")).get("b"), 9);
  },

  async "refuses everything once it is closed, and closes twice"({ store }) {
    const journal = await store.create(summary("a"), writer);
    await store.close();
    await store.close();
    await refuses(journal.append(["late"]), "closed");
    await refuses(store.create(summary("b"), writer), "closed");
    await refuses(store.open("a", writer, dead), "closed");
    await refuses(records(store, "a"), "closed");
    await refuses(store.find("a"), "closed");
    await refuses(store.list(), "closed");
    await refuses(store.writerOf("a"), "closed");
    await refuses(store.request({ runId: "a", type: "cancel", by: "", why: "" }), "closed");
    await refuses(store.requests(0), "closed");
    await refuses(store.cursors(""), "closed");
    await refuses(store.advance(new Map([["a", 1]])), "closed");
    await journal.close();
  },

  async "finishes an append that was on its way when it is closed"({ store, reopen }) {
    const journal = await store.create(summary("a"), writer);
    const last = journal.append(["one"]);
    await store.close();
    await last;
    if (reopen === undefined) return;
    await using again = closing(await reopen());
    assert.deepEqual(await records(again.store, "a"), ["one"]);
  },

  async "remembers everything after a restart"({ store, reopen }) {
    if (reopen === undefined) return;
    const journal = await store.create(summary("a"), writer);
    const settled = summary("a", { status: "SUCCESS", settledAt: 1_000_000_000_003 });
    await journal.append(["one", "two"], settled);
    await store.request({ runId: "a", type: "cancel", by: "ann", why: "" });
    await store.advance(new Map([["slot/etl", 7]]));
    await store.close();
    await using again = closing(await reopen());
    assert.deepEqual(await records(again.store, "a"), ["one", "two"]);
    assert.deepEqual(await again.store.list(), [settled]);
    assert.deepEqual(await again.store.writerOf("a"), writer);
    assert.equal((await again.store.requests(0)).length, 1);
    assert.deepEqual(await again.store.cursors(""), new Map([["slot/etl", 7]]));
    const next: RunJournal = await again.store.open("a", rival, dead);
    assert.equal(next.length, 2);
  },
};

/** Texts that a careless store loses, cuts, mixes up or runs away with. */
const AWKWARD: readonly string[] = [
  "",
  " ",
  "line\nbreak\r\n\n",
  "nul\0inside",
  "lone \ud800 surrogate",
  "replacement \ufffd",
  "😀 e\u0301 é",
  "../../etc/passwd",
  "'; drop table runs; --",
  "__proto__",
  "constructor",
  "%00 %s ?1 :name $x",
  "\u2028\u001e\u001f\u007f",
];

/** Records in which something is large: a text, a list, a mapping, all of it, and what looks alike. */
const LARGE: readonly string[] = [
  JSON.stringify({ stage: "a", outputs: { stdout: "x".repeat(100_000), code: 0 } }),
  JSON.stringify({ stage: "b", outputs: { stdout: "x".repeat(100_000), code: 1 } }),
  JSON.stringify({
    stage: "c",
    outputs: { rows: Array.from({ length: 20_000 }, (_, row) => row) },
  }),
  JSON.stringify({ quoted: JSON.stringify({ deep: '"\\'.repeat(20_000) }), end: [[], {}, ""] }),
  `{"wrong": "${"no end ".repeat(10_000)}`,
  `]]}}${JSON.stringify({ nul: 1 })}"${"\0".repeat(30_000)}"`,
  `{"lone": "${"\ud800".repeat(30_000)}"}`,
  `{"lines": "${"one\n".repeat(30_000)}"}`,
];

function summary(runId: string, changes: Partial<RunSummary> = {}): RunSummary {
  const startedAt = 1_000_000_000_000;
  return { runId, workflow: "etl", status: "RUNNING", startedAt, trigger: "manual", ...changes };
}

/** `r0`, `r1`, …: workflows alternate between `even` and `odd`, statuses go around in threes. */
async function createRuns(store: JournalStore, count: number): Promise<void> {
  const statuses = ["RUNNING", "WAIT", "SUCCESS"] as const;
  for (let nth = 0; nth < count; nth++) {
    const workflow = nth % 2 === 0 ? "even" : "odd";
    const status = statuses[nth % 3] ?? "RUNNING";
    const startedAt = 1_000_000_000_000 + nth;
    await store.create(summary(`r${nth}`, { workflow, status, startedAt }), writer);
  }
}

async function listed(store: JournalStore, query?: RunQuery): Promise<string[]> {
  return (await store.list(query)).map(({ runId }) => runId);
}

async function records(store: JournalStore, runId: string, from?: number): Promise<string[]> {
  return await Array.fromAsync(store.read(runId, from));
}

async function refuses(attempt: Promise<unknown>, code: JournalError["code"]): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof JournalError, `not a JournalError: ${error}`);
    assert.equal(error.code, code);
    return true;
  });
}

function closing(store: JournalStore): AsyncDisposable & { readonly store: JournalStore } {
  return { store, [Symbol.asyncDispose]: () => store.close() };
}
