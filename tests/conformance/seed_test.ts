/**
 * The seed's patterns run: its documents, with the functions that they leave
 * to the reader defined in front of each script (REFERENCE §2, "Dependency
 * decision").
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Result } from "../../mod.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const RUN = "run: |\n";
const INDENT = " ".repeat(12);

async function execute(
  file: string,
  definitions: readonly string[],
  params: ValueObject = {},
): Promise<Result> {
  const written = await readFile(new URL(`../corpus/seed/${file}.yml`, import.meta.url), "utf8");
  const defined = definitions.map((line) => `${INDENT}${line}\n`).join("");
  await using sluice = await openSluice({
    memory: true,
    audit: false,
    env: {
      ...environment(),
      WORKFLOW_CORE_SCRIPT_LANG: "python",
      WORKFLOW_CORE_STAGE_DEFAULT_ID: "true",
    },
  });
  const { workflows: [workflow], diagnostics } = await sluice.loadText(
    written.replaceAll(RUN, RUN + defined),
    file,
  );
  assert.ok(workflow, JSON.stringify(diagnostics));
  const run = await sluice.engine.start(workflow, { params });
  return await run.result;
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]]
    ),
  );
}

function statuses({ status, context }: Result): Record<string, unknown> {
  const jobs = Object.entries(mappingOf(context.jobs));
  return {
    workflow: status,
    ...Object.fromEntries(jobs.map(([id, job]) => [id, mappingOf(job).status])),
  };
}

const FINE = ["process_data = fallback_process = cleanup_resources = lambda: None"];
const FAILS = [...FINE, 'def process_data(): raise ValueError("no data")'];

test("robust-workflow falls back and cleans up when its main job fails", async () => {
  assert.deepEqual(statuses(await execute("03_robust-workflow", FAILS, { retry_count: 1 })), {
    "workflow": "FAILED",
    "main-process": "FAILED",
    "fallback": "SUCCESS",
    "cleanup": "SUCCESS",
  });
});

test("robust-workflow does not fall back when its main job succeeds", async () => {
  assert.deepEqual(statuses(await execute("03_robust-workflow", FINE)), {
    "workflow": "SUCCESS",
    "main-process": "SUCCESS",
    "fallback": "SKIP",
    "cleanup": "SUCCESS",
  });
});

test("scheduled-workflow runs on demand", async () => {
  const { status } = await execute("04_scheduled-workflow", [
    "perform_scheduled_task = lambda: None",
  ]);
  assert.equal(status, "SUCCESS");
});

test("fan-out-fan-in runs a leg for each part that its first job found", async () => {
  const { status, context } = await execute("05_fan-out-fan-in", [
    "split_data = lambda: [3, 5, 8]",
    "process_partition = merge_results = lambda *_: None",
  ]);
  assert.equal(status, "SUCCESS");
  const { strategies } = mappingOf(mappingOf(context.jobs)["process-partitions"]);
  const legs = Object.values(mappingOf(strategies)).map((leg) => mappingOf(leg).matrix);
  assert.deepEqual(legs, [{ partition: 3 }, { partition: 5 }, { partition: 8 }]);
});

const HEALTH = [
  "process_data = fallback_processing = lambda: None",
  "check_system_health = lambda: type('Health', (), {'is_healthy': HEALTHY})",
];

test("circuit-breaker falls back instead of its main job when the check fails", async () => {
  const sick = await execute("06_circuit-breaker", ["HEALTHY = False", ...HEALTH]);
  assert.deepEqual(statuses(sick), {
    "workflow": "FAILED",
    "check-health": "FAILED",
    "main-process": "SKIP",
    "fallback": "SUCCESS",
  });
});

test("circuit-breaker goes on when the check succeeds", async () => {
  const healthy = await execute("06_circuit-breaker", ["HEALTHY = True", ...HEALTH]);
  assert.deepEqual(statuses(healthy), {
    "workflow": "SUCCESS",
    "check-health": "SUCCESS",
    "main-process": "SUCCESS",
    "fallback": "SKIP",
  });
});

test("retry-pattern's script can tell which attempt it is", async () => {
  const { status, context } = await execute("07_retry-pattern", [
    "import time",
    "time.sleep = lambda _: None",
    "def risky_operation():",
    "  if context['attempt'] < 2: raise OSError('not yet')",
    "  return 'done'",
  ]);
  assert.equal(status, "SUCCESS");
  const [stage] = Object.values(
    mappingOf(mappingOf(mappingOf(context.jobs)["retry-job"]).stages),
  );
  const { retry, attempt } = mappingOf(mappingOf(stage).outputs);
  assert.deepEqual({ retry, attempt }, { retry: 1, attempt: 2 });
});
