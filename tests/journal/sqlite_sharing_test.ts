import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { openHost } from "../../platform/mod.ts";
import { MAX_REQUESTS, memoryJournal } from "../../plugins/memory_journal.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { BUSY_TIMEOUT_MS } from "../../plugins/sqlite_journal/database.ts";
import { BUSY_RETRY_MS } from "../../plugins/sqlite_journal/group_commit.ts";
import { test } from "../harness.ts";

const host = openHost();
const writer = { id: "engine-1", pid: 1, birth: "" };

interface Shared {
  readonly store: JournalStore;
  readonly clock: ManualClock;
  /** Another process, which takes the right to write, and gives it back. */
  readonly other: DatabaseSync;
}

async function withShared(body: (shared: Shared) => Promise<void>): Promise<void> {
  const folder = await host.makeTempFolder("sluice-journal-");
  const clock = new ManualClock(1_000);
  const store = sqliteJournal({ folder, host, clock });
  await store.list();
  const other = new DatabaseSync(`${folder}/sluice.db`);
  try {
    await body({ store, clock, other });
  } finally {
    other.close();
    await store.close();
    await host.remove(folder);
  }
}

function make(store: JournalStore, runId: string) {
  const summary = { runId, workflow: "w", status: "RUNNING", startedAt: 1, trigger: "manual" };
  return store.create(summary, writer);
}

/** Lets the event loop go on until somebody sleeps: that it can is what is tested. */
async function untilSleeping(clock: ManualClock): Promise<void> {
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
}

test("a write waits while another process writes, and the event loop goes on", () =>
  withShared(async ({ store, clock, other }) => {
    const journal = await make(store, "a");
    other.exec("BEGIN IMMEDIATE");
    const first = journal.append(["one"]);
    await untilSleeping(clock);
    const second = journal.append(["two"]);
    for (let tries = 0; tries < 3; tries++) {
      await clock.advance(BUSY_RETRY_MS);
      await untilSleeping(clock);
    }
    deepEqual(await Array.fromAsync(store.read("a")), []);
    other.exec("COMMIT");
    await clock.advance(BUSY_RETRY_MS);
    await Promise.all([first, second]);
    deepEqual(await Array.fromAsync(store.read("a")), ["one", "two"]);
    await journal.close();
  }));

test("a write is refused when another process leaves no room for too long, and the next one is not", () =>
  withShared(async ({ store, clock, other }) => {
    other.exec("BEGIN IMMEDIATE");
    const refused = rejects(store.advance(new Map([["k", 1]])), (error) => {
      match(String(error), /database is locked/);
      return true;
    });
    await untilSleeping(clock);
    await clock.advance(BUSY_TIMEOUT_MS);
    await refused;
    other.exec("COMMIT");
    await store.advance(new Map([["k", 2]]));
    deepEqual(await store.cursors(""), new Map([["k", 2]]));
  }));

test("reading a run that is removed meanwhile gives nothing of the next one", () =>
  withShared(async ({ store }) => {
    const text = "x".repeat(10_000);
    const fill = async (runId: string) => {
      const journal = await make(store, runId);
      for (let nth = 0; nth < 300; nth++) await journal.append([`${runId} ${nth} ${text}`]);
      await journal.close();
    };
    await fill("a");
    const seen: string[] = [];
    for await (const record of store.read("a")) {
      if (seen.push(record.split(" ")[0] ?? "") !== 1) continue;
      await store.remove("a", () => false);
      await fill("b");
    }
    deepEqual([...new Set(seen)], ["a"]);
    equal((await Array.fromAsync(store.read("b"))).length, 300);
  }));

test("memoryJournal() forgets the oldest requests beyond its bound", async () => {
  const store = memoryJournal();
  for (let nth = 0; nth < MAX_REQUESTS + 5; nth++) {
    await store.request({ runId: `${nth}`, type: "cancel", by: "ann", why: "" });
  }
  const kept = await store.requests(0);
  deepEqual([kept.length, kept[0]?.runId], [MAX_REQUESTS, "5"]);
});
