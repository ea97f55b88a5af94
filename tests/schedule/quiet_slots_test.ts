/** While runs begin a scheduler does nothing that can wait. */
import { deepEqual, ok } from "node:assert/strict";
import { MANY_AHEAD, PREPARE_MS, QUIET_MS } from "../../core/engine/scheduler.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";
import { Daemon, MINUTE, NEW_YEAR, runsOf, SECOND, workflowText } from "./rig.ts";

/** A scheduler of which is noted when it reads its files. */
function world(text: string, { store = memoryJournal(), reloadMs = 10 * SECOND } = {}) {
  const clock = new ManualClock(NEW_YEAR);
  const readMs: number[] = [];
  const read = () => {
    readMs.push(clock.now() - NEW_YEAR);
    return text;
  };
  const options = { clock, store, reloadMs, id: crypto.randomUUID(), maxRuns: 100 };
  return { clock, store, readMs, daemon: new Daemon(read, options) };
}

test("A scheduler does not read its files while runs begin", async () => {
  const { clock, readMs, daemon } = world(workflowText("w", "[{every: 10s}]"));
  daemon.start();
  await clock.advance(10 * MINUTE);
  await daemon.drain();
  const near = readMs.filter((atMs) => atMs > 0).filter((atMs) => {
    const behindMs = atMs % (10 * SECOND);
    return Math.min(behindMs, 10 * SECOND - behindMs) < QUIET_MS;
  });
  deepEqual(near, []);
  ok(readMs.length > 50, `it read them all the same: ${readMs.length} times`);
});

test("A scheduler of which something is always due reads its files all the same", async () => {
  const { clock, readMs, daemon } = world(
    workflowText("w", "[{every: 1s}]") + workflowText("v", "[{every: 1s, jitter: 1s}]"),
    { reloadMs: SECOND / 2 },
  );
  daemon.start();
  await clock.advance(MINUTE);
  await daemon.drain();
  const gaps = readMs.slice(1).map((atMs, at) => atMs - readMs[at]!);
  ok(Math.max(...gaps) < 2 * SECOND, `never long: ${Math.max(...gaps)} ms`);
});

test("A scheduler has the store do ahead what many runs would wait for", async () => {
  const text = (count: number) =>
    Array.from({ length: count }, (_, at) => workflowText(`w${at}`, "[{every: 1m}]")).join("");
  deepEqual(await preparedMs(text(MANY_AHEAD - 1)), []);
  const [atMs = NaN, ...more] = await preparedMs(text(MANY_AHEAD));
  deepEqual(more, []);
  ok(atMs < MINUTE - PREPARE_MS, `soon enough: ${atMs}`);
});

/** When a store is told, in a bit more than a minute, what will come. */
async function preparedMs(text: string): Promise<readonly number[]> {
  const told: number[] = [];
  const store: JournalStore = memoryJournal();
  const { clock, daemon } = world(text, { store });
  store.prepare = () => {
    told.push(clock.now() - NEW_YEAR);
    return Promise.reject(new Error("it cannot now"));
  };
  daemon.start();
  await clock.advance(MINUTE + SECOND);
  await daemon.drain();
  ok((await runsOf(store)).every(({ status }) => status === "SUCCESS"));
  return told;
}
