/**
 * The seven documents that the project began with: each loads, passes the
 * check and can be planned.
 */
import { deepEqual, equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import { loadWorkflow } from "../../core/model/load_workflow.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import { makePlan } from "../../core/plan/make_plan.ts";
import { test } from "../harness.ts";
import { said } from "../model/loading.ts";
import { SAMPLE_KINDS } from "../model/sample_kinds.ts";

async function seed(file: string): Promise<Workflow> {
  const text = await readFile(new URL(`../corpus/seed/${file}.yml`, import.meta.url), "utf8");
  const loaded = loadWorkflow(text, file, { stages: SAMPLE_KINDS });
  if (!loaded.ok) throw new Error(loaded.errors.map(said).join("\n"));
  const [workflow, ...others] = loaded.value;
  if (workflow === undefined || others.length > 0) throw new Error("one workflow was expected");
  return workflow;
}

function planOf(workflow: Workflow) {
  return makePlan(workflow, {
    engine: "0",
    params: {},
    maxParallel: 2,
    stageDefaultId: false,
    scriptLang: "python",
    extras: {},
    ancestry: [],
  });
}

const FILES = [
  "01_my-workflow",
  "02_complex-workflow",
  "03_robust-workflow",
  "04_scheduled-workflow",
  "05_fan-out-fan-in",
  "06_circuit-breaker",
  "07_retry-pattern",
];

for (const file of FILES) {
  test(`loading, checking and planning ${file} finds no error`, async () => {
    const workflow = await seed(file);
    const errors = checkWorkflow(workflow, { scriptLang: "python" })
      .filter(({ severity }) => severity === "error");
    deepEqual(errors.map(said), []);
    deepEqual(planOf(workflow).jobs.map(({ id }) => id), [...workflow.jobs.keys()]);
  });
}

test("loading the seed keeps what the reference loses", async () => {
  const [attempt] = planOf(await seed("03_robust-workflow")).jobs[0]?.stages ?? [];
  deepEqual([attempt?.kind, attempt?.retry], ["script", { attempts: "${{ params.retry_count }}" }]);

  const { schedules, manual } = (await seed("04_scheduled-workflow")).triggers;
  deepEqual(schedules.map(({ timezone }) => timezone), ["UTC", "America/New_York"]);
  equal(manual, true);

  const fanOut = planOf(await seed("05_fan-out-fan-in")).jobs[1]?.strategy;
  deepEqual(fanOut?.matrix, { partition: "${{ fromJson(needs.split.outputs.partitions) }}" });
  equal(fanOut?.maxParallel, 5);
});
