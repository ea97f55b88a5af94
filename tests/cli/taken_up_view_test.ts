import { deepEqual, equal } from "node:assert/strict";
import { earlierStates } from "../../cli/follow_run.ts";
import { LiveView } from "../../cli/live_view.ts";
import { PLAIN } from "../../cli/paint.ts";
import { PlainView } from "../../cli/plain_view.ts";
import { RunStates } from "../../cli/run_states.ts";
import type { RunView } from "../../cli/run_view.ts";
import type { Engine } from "../../core/engine/engine.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { JournalStore } from "../../core/plugin/journal.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { trigger } from "../../stages/trigger.ts";
import { test } from "../harness.ts";
import { engineFor } from "../engine/engine_for.ts";
import { Screen } from "./screen.ts";

const stages = [empty(), trigger()];
const WORKFLOWS = loadFile(
  `
parent:
  type: Workflow
  jobs:
    a: {stages: [{name: Start, trigger: middle}]}
legs:
  type: Workflow
  jobs:
    a:
      strategy: {max-parallel: 3, matrix: {n: [1, 2, 3]}}
      stages: [{name: Start, trigger: child}]
middle:
  type: Workflow
  jobs:
    b: {stages: [{name: Again, trigger: child}]}
child:
  type: Workflow
  jobs:
    c: {stages: [{name: Wait, id: wait, sleep: 100}]}
`,
  "flows.yml",
  { stages },
).workflows;

interface Opened {
  readonly engine: Engine;
  readonly warnings: readonly string[];
}

function open(id: string, { clock, store }: { clock: ManualClock; store: JournalStore }): Opened {
  const warnings: string[] = [];
  const engine = engineFor(id, {
    ...{ stages, clock, openStore: () => Promise.resolve(store) },
    source: { find: (name) => Promise.resolve(WORKFLOWS.find((known) => known.name === name)) },
    defaults: { timeoutMs: 1e9, maxParallel: 3, stageDefaultId: false, scriptLang: "ts" },
    warn: (message) => warnings.push(message),
  });
  return { engine, warnings };
}

function workflow(name: string): Workflow {
  const found = WORKFLOWS.find((known) => known.name === name);
  if (found !== undefined) return found;
  throw new Error(`The workflow "${name}" of this test does not load`);
}

/** Leaves a run of which the engine died while its children were under way. */
async function interrupted(name: string): Promise<{ clock: ManualClock; store: JournalStore }> {
  const world = { clock: new ManualClock(), store: memoryJournal() };
  await open("dead", world).engine.start(workflow(name), { runId: "r", audit: false });
  await world.clock.advance(50_000);
  return { clock: new ManualClock(world.clock.now()), store: world.store };
}

async function resumed(
  name: string,
  view: (states: RunStates, clock: ManualClock) => RunView,
  find = earlierStates,
): Promise<readonly string[]> {
  const world = await interrupted(name);
  const { engine, warnings } = open("next", world);
  using shown = view(await find(engine, "r"), world.clock);
  using _told = engine.tell(shown);
  const { result } = await engine.resume("r", { audit: false });
  await world.clock.advance(1_000_000);
  equal((await result).status, "SUCCESS");
  return warnings;
}

function plainly(lines: string[]): (states: RunStates, clock: ManualClock) => RunView {
  return (states, clock) =>
    new PlainView(states, {
      tell: (text) => lines.push(...text.split("\n")),
      now: () => clock.now(),
      verbose: false,
    });
}

test("PlainView follows the runs of trigger stages that are taken up, however deep", async () => {
  const lines: string[] = [];
  deepEqual(await resumed("parent", plainly(lines)), []);
  deepEqual(lines.filter((line) => / in .*s$/.test(line)).map((line) => line.split(" in ")[0]), [
    "a/Start > b/Again > c/Wait: succeeded",
    "a/Start > b/Again > c: succeeded",
    "a/Start > b/Again > child: succeeded",
    "a/Start > b/Again: succeeded",
    "a/Start > b: succeeded",
    "a/Start > middle: succeeded",
    "a/Start: succeeded",
    "a: succeeded",
    "parent: succeeded",
  ]);
});

test("PlainView tells apart the runs that the legs of a matrix take up", async () => {
  const lines: string[] = [];
  deepEqual(await resumed("legs", plainly(lines)), []);
  const waits = lines.filter((line) => line.includes("c/Wait: succeeded"));
  deepEqual(waits.map((line) => line.split(" > ")[0]).toSorted(), [
    "a[n=1]/Start",
    "a[n=2]/Start",
    "a[n=3]/Start",
  ]);
});

test("LiveView follows the runs of trigger stages that are taken up", async () => {
  const screen = new Screen();
  const warnings = await resumed("parent", (states, clock) =>
    new LiveView(states, {
      tell: (text) => screen.write(text),
      now: () => clock.now(),
      size: () => ({ columns: 60, rows: 24 }),
      paint: PLAIN,
    }));
  deepEqual(warnings, []);
});

test("a view goes on beside a run of which it does not know the beginning", async () => {
  const lines: string[] = [];
  const onlyRoot = async (engine: Engine, runId: string) => new RunStates(await engine.read(runId));
  deepEqual(await resumed("parent", plainly(lines), onlyRoot), []);
  deepEqual(lines.at(-1)?.split(" in ")[0], "parent: succeeded");
});
