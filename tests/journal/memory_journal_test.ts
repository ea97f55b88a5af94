import assert from "node:assert/strict";
import { testJournalStore } from "../../core/plugin/testing/journal_suite.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";

const summary = { runId: "a", workflow: "etl", status: "RUNNING", startedAt: 0, trigger: "manual" };
const writer = { id: "engine-1", pid: 1, birth: "" };

testJournalStore("memoryJournal()", {
  open: () => Promise.resolve({ store: memoryJournal() }),
  register: test,
});

test("memoryJournal() loses an append that fails before it is kept", async () => {
  const store = memoryJournal({ fault: ({ nth }) => nth === 2 ? "before" : undefined });
  const journal = await store.create(summary, writer);
  await journal.append(["one"]);
  await assert.rejects(journal.append(["two"], { ...summary, status: "SUCCESS" }), { code: "io" });
  assert.equal((await store.find("a"))?.status, "RUNNING");
  await journal.append(["three"]);
  assert.deepEqual(await Array.fromAsync(store.read("a")), ["one", "three"]);
});

test("memoryJournal() keeps an append that fails afterwards, and fences off who was not told", async () => {
  const store = memoryJournal({
    fault: ({ records }) => records[0] === "two" ? "after" : undefined,
  });
  const journal = await store.create(summary, writer);
  await journal.append(["one"]);
  await assert.rejects(journal.append(["two"]), { code: "io" });
  assert.equal(journal.length, 1);
  await assert.rejects(journal.append(["three"]), { code: "fenced" });
  const again = await store.open("a", writer, () => false);
  assert.equal(again.length, 2);
  await again.append(["three"]);
  assert.deepEqual(await Array.fromAsync(store.read("a")), ["one", "two", "three"]);
});
