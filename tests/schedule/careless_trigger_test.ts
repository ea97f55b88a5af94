import { deepEqual, equal, match, ok } from "node:assert/strict";
import { standingsOf } from "../../core/engine/schedule_standings.ts";
import { LOOK_AGAIN_MS, SOONEST_LOOK_MS } from "../../core/engine/trigger_watch.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { TriggerContext, TriggerKind, WatchedTrigger } from "../../core/plugin/trigger.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { Daemon, MINUTE, NEW_YEAR, runsOf } from "./rig.ts";

/** What a plugin that nobody checks the types of may do. */
// deno-lint-ignore no-explicit-any -- that is the point
type Careless = any;

/** A daemon with one workflow that starts each minute, and one by a trigger of a careless plugin. */
function careless(watch: (context: TriggerContext) => Careless) {
  const clock = new ManualClock(NEW_YEAR);
  const store = memoryJournal();
  const kind: TriggerKind = { name: "odd", summary: "It is odd.", fields: {}, watch };
  const jobs = "jobs: {j: {stages: [{name: n, id: n, echo: hi}]}}";
  const text = `odd: {type: Workflow, on: [{odd: {}}], ${jobs}}\n` +
    `each: {type: Workflow, on: [{every: 1m}], ${jobs}}\n`;
  const loaded = loadFile(text, "w.yml", { stages: [empty()], triggers: [kind] });
  const workflows = loaded.workflows.map(({ name, triggers, document: { file, text } }) => ({
    ...{ name, file, text, triggers },
  }));
  const daemon = new Daemon(() => "", {
    ...{ clock, store, id: `careless-${Math.random()}` },
    workflows: () => Promise.resolve({ workflows, diagnostics: [] }),
    load: ({ name }) => Promise.resolve(loaded.workflows.find((it) => it.name === name)!),
    triggers: { trigger: () => Promise.resolve(kind) },
  });
  const standing = async () => (await standingsOf(daemon.engine, workflows[0]!))[0];
  return { clock, store, daemon, standing };
}

for (const answer of [null, undefined, NaN, "soon", {}]) {
  test(`a trigger that is looked at next at ${String(answer)} is looked at again after a while`, async () => {
    let looks = 0;
    const { clock, daemon, standing } = careless(() => ({
      look: () => (looks++, Promise.resolve(answer)),
    }));
    daemon.start();
    await clock.advance(MINUTE);
    await daemon.drain();
    ok(looks >= MINUTE / LOOK_AGAIN_MS && looks <= MINUTE / LOOK_AGAIN_MS + 2, `${looks} looks`);
    deepEqual([daemon.said("trouble"), daemon.said("missed")], [[], []]);
    deepEqual([(await standing())?.nextMs, (await standing())?.missed], [undefined, undefined]);
  });
}

test("a trigger that is always to be looked at at once leaves time for the others", async () => {
  let looks = 0;
  const { clock, store, daemon } = careless(() => ({ look: () => (looks++, Promise.resolve(0)) }));
  daemon.start();
  await clock.advance(MINUTE);
  await daemon.drain();
  ok(looks <= MINUTE / SOONEST_LOOK_MS + 2, `${looks} looks`);
  equal((await runsOf(store, "each")).length, 1);
});

test("what a trigger tells without a key or a time starts nothing, and is told once", async () => {
  const odd: Careless[] = [
    { key: "a", atMs: null },
    { key: "b", atMs: NaN },
    { key: "", atMs: NEW_YEAR },
    { atMs: NEW_YEAR },
    { key: "c", atMs: 1e20 },
    null,
  ];
  const { clock, store, daemon } = careless(({ fire, pass }) => ({
    look: ([trigger]: WatchedTrigger[]) => {
      for (const occurrence of odd) fire(trigger!, occurrence);
      pass(trigger!, NaN);
      fire(trigger!, { key: "right", atMs: NEW_YEAR });
      return Promise.resolve(Infinity);
    },
  }));
  daemon.start();
  await clock.advance(MINUTE);
  await daemon.drain();
  equal((await runsOf(store, "odd")).length, 1, "what is right starts a run");
  equal((await runsOf(store, "each")).length, 1);
  const told = daemon.said("trouble").map(({ message }) => message);
  equal(told.length, 1, told.join("\n"));
  match(told[0]!, /^The trigger "odd" of "odd" tells of something without a key or a time/);
});

test("a trigger that cannot be watched keeps no schedule from starting", async () => {
  const { clock, store, daemon } = careless(() => {
    throw new Error("no socket");
  });
  daemon.start();
  await clock.advance(MINUTE);
  await daemon.drain();
  equal((await runsOf(store, "each")).length, 1);
  const told = daemon.said("trouble").map(({ message }) => message);
  deepEqual(told, ['Cannot watch the "odd" triggers: no socket']);
  equal(daemon.said("loaded")[0]?.watched, 0);
});
