import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventError, openSluice, ParamError } from "../../mod.ts";
import type { Workflow as LoadedWorkflow } from "../../core/engine/workflow.ts";
import { test } from "../harness.ts";

const TEXT = `
etl:
  type: Workflow
  on:
    - cron: "0 9 * * *"
      timezone: Europe/Berlin
  params:
    rows: {type: int, default: 3}
    table: {type: str, required: true}
  jobs:
    extract:
      stages:
        - {name: Read, id: read, bash: 'echo "\${{ params.rows }} rows of \${{ params.table }}"'}
    load:
      needs: [extract]
      stages:
        - {name: Store, id: store, bash: 'test "\${{ params.table }}" != broken && echo "stored \${{ jobs.extract.stages.read.outputs.stdout }}"'}
slow:
  type: Workflow
  jobs:
    wait: {stages: [{name: Wait, sleep: 60}]}
`;

/** Lends a workflow of an engine that keeps its runs in memory and its audits in a folder of its own. */
async function withWorkflow(
  name: string,
  work: (workflow: LoadedWorkflow) => Promise<void>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "sluice-workflow-"));
  try {
    await using sluice = await openSluice({ state, conf: state, memory: true, env: {} });
    await sluice.loadText(TEXT, "etl.yml");
    await work(await sluice.workflow(name));
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

const NINE_IN_BERLIN = new Date("2026-01-31T08:00:42Z");

test("execute() runs the jobs and gives what they left", () =>
  withWorkflow("etl", async (etl) => {
    const result = await etl.execute({ table: "orders" });
    equal(result.status, "SUCCESS");
    const { load } = result.context.jobs as Record<
      string,
      { stages: { store: { outputs: { stdout: string } } } }
    >;
    equal(load?.stages.store.outputs.stdout, "stored 3 rows of orders");
    deepEqual(result.errors, []);
  }));

test("execute() returns what is wrong with the parameters and throws nothing", () =>
  withWorkflow("etl", async (etl) => {
    const { status, errors, context } = await etl.execute({ rows: "many" });
    equal(status, "FAILED");
    equal(errors.length, 1);
    deepEqual(context.jobs, {});
  }));

test("parameterize() applies defaults, and names the parameter that does not fit", () =>
  withWorkflow("etl", (etl) => {
    deepEqual(etl.parameterize({ table: "orders" }), { params: { rows: 3, table: "orders" } });
    throws(
      () => etl.parameterize({ table: "orders", rows: "many" }),
      (error) =>
        error instanceof ParamError && error.paramName === "rows" && error.validationError !== "",
    );
    return Promise.resolve();
  }));

test("job() gives a job by its id and refuses an unknown one", () =>
  withWorkflow("etl", (etl) => {
    deepEqual(etl.job("load").needs, ["extract"]);
    throws(() => etl.job("lod"), { name: "WorkflowError" });
    return Promise.resolve();
  }));

test("executeJob() runs one job with what an earlier run left of its needs", () =>
  withWorkflow("etl", async (etl) => {
    const context = {
      params: { table: "orders" },
      jobs: {
        extract: {
          status: "SUCCESS",
          stages: { read: { outputs: { stdout: "12 rows" }, status: "SUCCESS" } },
        },
      },
    };
    const { status, context: left } = await etl.executeJob("load", { context });
    equal(status, "SUCCESS");
    const { load } = left.jobs as Record<
      string,
      { stages: { store: { outputs: { stdout: string } } } }
    >;
    equal(load?.stages.store.outputs.stdout, "stored 12 rows");
  }));

test("executeJob() says how the job went, whatever its needs came to", () =>
  withWorkflow("etl", async (etl) => {
    const broken = await etl.executeJob("load", { context: { params: { table: "broken" } } });
    equal(broken.status, "FAILED");
    const alone = await etl.executeJob("extract", { context: { params: { table: "orders" } } });
    equal(alone.status, "SUCCESS");
  }));

test("rerun() of a run id runs only what did not succeed", () =>
  withWorkflow("etl", async (etl) => {
    const failed = await etl.execute({ table: "broken" });
    equal(failed.status, "FAILED");
    const again = await etl.rerun(failed.runId);
    equal(again.status, "FAILED");
    equal(readOf(again.context.jobs), "3 rows of broken");
    equal((await etl.rerun({ jobs: {} })).errors[0]?.name, "WorkflowError");
  }));

test("validateRelease() knows the schedule in its own time zone (W-30)", () =>
  withWorkflow("etl", async (etl) => {
    deepEqual(await etl.validateRelease(NINE_IN_BERLIN), new Date("2026-01-31T08:00:00Z"));
    await rejects(etl.validateRelease(new Date("2026-01-31T09:00:00Z")), EventError);
  }));

test("release() runs once for a slot that succeeded, and again for one that failed (W-23)", () =>
  withWorkflow("etl", async (etl) => {
    const failed = await etl.release(NINE_IN_BERLIN, { params: { table: "broken" } });
    equal(failed.status, "FAILED");
    equal(failed.runId, "etl@2026-01-31T08:00Z");
    const repeated = await etl.release(NINE_IN_BERLIN, { params: { table: "orders" } });
    equal(repeated.status, "SUCCESS");
    equal(repeated.runId, "etl@2026-01-31T08:00Z~2");
    const skipped = await etl.release(NINE_IN_BERLIN, { params: { table: "orders" } });
    deepEqual(skipped.context.status, "SKIP");
  }));

test("start() hands over a run whose events can be watched to the end", () =>
  withWorkflow("etl", async (etl) => {
    const run = await etl.start({ table: "orders" });
    const events = await Array.fromAsync(run.events());
    equal(events[0]?.type, "run.started");
    equal(events.at(-1)?.type, "run.settled");
  }));

test("execute() ends early when its signal is aborted", () =>
  withWorkflow("slow", async (slow) => {
    const controller = new AbortController();
    const run = await slow.start({}, { signal: controller.signal });
    controller.abort();
    equal((await run.result).status, "CANCEL");
  }));

test("execute() throws for a timeout where that is asked for", () =>
  withWorkflow("slow", async (slow) => {
    await rejects(slow.execute({}, { timeoutMs: 20, throwOnTimeout: true }), {
      name: "WorkflowTimeoutError",
    });
    equal((await slow.execute({}, { timeoutMs: 20 })).errors[0]?.name, "WorkflowTimeoutError");
  }));

/** What the first job read. */
function readOf(jobs: unknown): string | undefined {
  const { extract } = jobs as Record<string, { stages: { read: { outputs: { stdout: string } } } }>;
  return extract?.stages.read.outputs.stdout;
}
