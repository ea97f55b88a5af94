import { deepEqual, equal } from "node:assert/strict";
import { z } from "zod";
import type { DueRelease } from "../../core/engine/due_release.ts";
import { TriggerWatch } from "../../core/engine/trigger_watch.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { TriggerContext, TriggerKind, WatchedTrigger } from "../../core/plugin/trigger.ts";
import { watchedCursor } from "../../core/schedule/schedule_cursors.ts";
import { triggerKey } from "../../core/model/triggers.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { Daemon, MINUTE, NEW_YEAR, runsOf, SECOND } from "./rig.ts";

/** A trigger that is told of everything, and never looks. */
function pushing(more = "") {
  const told: { context?: TriggerContext; watched: readonly WatchedTrigger[]; looks: number } = {
    ...{ watched: [], looks: 0 },
  };
  const kind: TriggerKind = {
    ...{ name: "push", summary: "Something is pushed.", fields: { to: z.string().optional() } },
    watch: (context) => {
      told.context = context;
      return {
        look: (watched) => {
          told.watched = watched;
          told.looks++;
          return Promise.resolve(Infinity);
        },
      };
    },
  };
  const text =
    `w: {type: Workflow, on: [{push: {}}], ${more} jobs: {j: {stages: [{name: n, id: n, echo: hi}]}}}\n`;
  const loaded = loadFile(text, "w.yml", { stages: [empty()], triggers: [kind] });
  const workflows = loaded.workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  const push = (key: string, atMs: number) => told.context!.fire(told.watched[0]!, { key, atMs });
  const triggers = { trigger: () => Promise.resolve(kind) };
  return { told, push, workflows, whole: loaded.workflows[0]!, triggers };
}

function watch(triggers: ReturnType<typeof pushing>["triggers"], clock: ManualClock) {
  return new TriggerWatch({ ...{ triggers, clock, host: new FakeHost() }, tell: () => {} });
}

function factsOf(store: JournalStore, { waits = false } = {}) {
  const added: DueRelease[] = [];
  const add = (release: DueRelease) => void added.push(release);
  return { added, facts: { store, add, waits: () => waits } };
}

test("a trigger that is told of everything starts a run at once", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { told, push, workflows, whole, triggers } = pushing();
  const daemon = new Daemon(() => "", {
    ...{ clock, store, triggers, id: "pushed" },
    workflows: () => Promise.resolve({ workflows, diagnostics: [] }),
    load: () => Promise.resolve(whole),
  }).start();
  await clock.advance(30 * MINUTE);
  for (const key of ["one", "two"]) {
    push(key, clock.now());
    await clock.advance(0);
  }
  await clock.advance(SECOND);
  await daemon.drain();
  deepEqual((await runsOf(store)).map(({ status }) => status), ["SUCCESS", "SUCCESS"]);
  equal(told.looks, 1, "nobody looks again at what has told");
});

test("TriggerWatch loses nothing that is told while it decides", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { push, workflows, triggers } = pushing();
  const watching = watch(triggers, clock);
  await watching.replace(workflows, store);
  const { added, facts } = factsOf(store);
  await watching.look(facts);
  push("old", NEW_YEAR - 1e9); // Missed: the store is written to, so there is a wait.
  const during: JournalStore = {
    ...facts.store,
    cursors: (prefix) => store.cursors(prefix),
    advance: async (cursors) => {
      push("new", NEW_YEAR);
      await store.advance(cursors);
    },
  };
  await watching.look({ ...facts, store: during });
  await watching.look(facts);
  const ids = new Set(added.map(({ runId }) => runId));
  equal(ids.size, 1, "what is told twice makes one run");
});

test("TriggerWatch keeps what was told until the store can be reached", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { push, workflows, triggers } = pushing();
  const watching = watch(triggers, clock);
  await watching.replace(workflows, store);
  const { added, facts } = factsOf(store);
  await watching.look(facts);
  push("one", NEW_YEAR);
  const add = () => {
    throw new Error("Out of reach");
  };
  equal(await watching.look({ ...facts, add }).catch(({ message }) => message), "Out of reach");
  await watching.look(facts);
  equal(added.length, 1);
});

test("TriggerWatch forgets nothing behind what waits, and asks soon whether it waits still", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { told, workflows, triggers } = pushing();
  const watching = watch(triggers, clock);
  await watching.replace(workflows, store);
  await watching.look(factsOf(store).facts);
  const cursor = watchedCursor("w", triggerKey(workflows[0]!.triggers.others[0]!));
  told.context!.pass(told.watched[0]!, NEW_YEAR + MINUTE);
  const nextMs = await watching.look(factsOf(store, { waits: true }).facts);
  equal((await store.cursors("")).get(cursor), NEW_YEAR);
  equal(nextMs, NEW_YEAR + SECOND);
  equal(await watching.look(factsOf(store).facts), Infinity);
  equal((await store.cursors("")).get(cursor), NEW_YEAR + MINUTE);
});

test("TriggerWatch forgets what is told of a trigger that is gone", async () => {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const { told, workflows, triggers } = pushing();
  const watching = watch(triggers, clock);
  await watching.replace(workflows, store);
  await watching.look(factsOf(store).facts);
  const before = await store.cursors("");
  const [gone] = told.watched;
  await watching.replace([], store);
  told.context!.pass(gone!, NEW_YEAR + MINUTE);
  equal(await watching.look(factsOf(store).facts), Infinity, "nothing is left to decide");
  deepEqual(await store.cursors(""), before);
});
