import { equal, rejects } from "node:assert/strict";
import type { StartOptions } from "../../core/engine/engine_options.ts";
import type { RunHandle } from "../../core/engine/run_handle.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { empty } from "../../stages/empty.ts";
import { test } from "../harness.ts";
import { engineFor } from "./engine_for.ts";

const stages = [empty()];

interface World {
  readonly clock: ManualClock;
  /** Starts the run "r" by an engine of its own; `stage` is the name of its stage. */
  readonly start: (id: string, options: StartOptions, stage?: string) => Promise<RunHandle>;
}

function world(): World {
  const store = memoryJournal();
  const clock = new ManualClock();
  const engine = (id: string) =>
    engineFor(id, { stages, clock, openStore: () => Promise.resolve(store) });
  const start = (id: string, options: StartOptions, stage = "Wait") => {
    const [workflow] = loadFile(
      `
w:
  type: Workflow
  params: {x: int, y: {type: int, default: 1}, on: {type: datetime}}
  jobs: {a: {stages: [{name: ${stage}, sleep: 10}]}}
`,
      "w.yml",
      { stages },
    ).workflows;
    if (workflow === undefined) throw new Error("The workflow of this test does not load");
    return engine(id).start(workflow, { runId: "r", audit: false, ...options });
  };
  return { clock, start };
}

test("start() refuses a run id that is there for other parameters, and does nothing", async () => {
  const { clock, start } = world();
  await start("first", { params: { x: 1 } });
  await clock.advance(1);
  await rejects(start("next", { params: { x: 2, y: 3 } }), {
    name: "WorkflowError",
    message: 'Cannot start run "r": there is one of this id already, with another "x", "y"; ' +
      "resume that one, or choose another id",
  });
  await rejects(start("next", { params: { x: 1 }, timeoutMs: 5 }), /another "timeout"/);
  const { result } = await start("next", { params: { x: "1" } });
  await clock.advance(20_000);
  equal((await result).status, "SUCCESS", "the same parameters take it up");
  await rejects(start("late", { params: { x: 2 } }), /another "x"/);
  equal((await (await start("late", { params: { x: 1 } })).result).status, "SUCCESS");
});

test("start() compares what was given alone where the workflow has changed since", async () => {
  const { clock, start } = world();
  await start("first", { params: { x: 1 } });
  await clock.advance(20_000);
  await rejects(start("next", { params: { x: 2 } }, "Changed"), /another "x"/);
  const { result } = await start("next", { params: { x: 1 } }, "Changed");
  equal((await result).status, "SUCCESS");
});

test("start() takes up a run whose id follows from something else, whatever its parameters are now", async () => {
  const { clock, start } = world();
  await start("first", { params: { x: 1 }, trigger: "schedule" });
  await clock.advance(1);
  const { result } = await start("next", { params: { x: 2 }, trigger: "schedule" });
  await clock.advance(20_000);
  equal((await result).status, "SUCCESS");
});
