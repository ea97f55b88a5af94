import { deepEqual, equal, match } from "node:assert/strict";
import type { Job } from "../../core/model/workflow.ts";
import { test } from "../harness.ts";
import { saidOf, workflowIn } from "./loading.ts";

function jobIn(written: string): Job | undefined {
  return workflowIn(`w: {type: Workflow, jobs: {a: ${written}}}`).jobs.get("a");
}

function saidOfJob(written: string): readonly string[] {
  return saidOf(`w: {type: Workflow, jobs: {a: ${written}}}`);
}

test("readJobs() fills in what a job does not say", () => {
  deepEqual(jobIn("{}"), {
    id: "a",
    name: "a",
    description: "",
    needs: [],
    rule: "all_success",
    ruleExplicit: false,
    stages: [],
    runsOn: { type: "local", with: {} },
    env: {},
    path: ["w", "jobs", "a"],
  });
});

test("readJobs() reads both spellings of its keys", () => {
  const dashed = jobIn(
    "{trigger-rule: all_done, runs-on: {type: docker, with: {image: x}}, needs: b}",
  );
  const underscored = jobIn(
    "{trigger_rule: all_done, runs_on: {type: docker, with: {image: x}}, needs: [b]}",
  );
  deepEqual(dashed, underscored);
  equal(dashed?.ruleExplicit, true);
  deepEqual(dashed?.runsOn, { type: "docker", with: { image: "x" } });
  deepEqual(jobIn("{runs-on: local}")?.runsOn, { type: "local", with: {} });
});

test("readJobs() reads conditions; an empty one is none", () => {
  equal(jobIn("{if: ''}")?.condition, undefined);
  equal(jobIn("{if: false}")?.condition, false);
  equal(jobIn("{if: '${{ always() }}'}")?.condition, "${{ always() }}");
});

test("readJobs() reads retries in every form", () => {
  deepEqual(jobIn("{retry: 3}")?.retry, { attempts: 3 });
  deepEqual(jobIn("{retry: '${{ params.n }}'}")?.retry, { attempts: "${{ params.n }}" });
  deepEqual(jobIn("{retry: {attempts: 2, delay: 30s, backoff: 2, max-delay: 5m}}")?.retry, {
    attempts: 2,
    delayMs: 30_000,
    backoff: 2,
    maxDelayMs: 300_000,
  });
  equal(jobIn("{retry: 0}")?.retry, undefined);
  match(saidOfJob("{retry: -1}")[0] ?? "", /A retry is a whole number from 0 to 1000/);
  match(saidOfJob("{retry: three}")[0] ?? "", /A retry is/);
  match(
    saidOfJob("{retry: {attempts: 1, delya: 1}}")[0] ?? "",
    /Unknown key "delya".*did you mean "delay"/,
  );
});

test("readJobs() reads timeouts in every form", () => {
  equal(jobIn("{timeout: 1.5}")?.timeoutMs, 1_500);
  equal(jobIn("{timeout: 5m}")?.timeoutMs, 300_000);
  equal(jobIn("{timeout: '${{ params.n }}'}")?.timeoutMs, "${{ params.n }}");
  match(saidOfJob("{timeout: 0}")[0] ?? "", /a timeout is more than 0/);
});

test("readJobs() reads a strategy", () => {
  const job = jobIn(
    "{strategy: {matrix: {os: [linux], n: '${{ params.n }}'}, include: [{os: mac}], max_parallel: '3', fail_fast: true}}",
  );
  deepEqual(job?.strategy, {
    matrix: { os: ["linux"], n: "${{ params.n }}" },
    include: [{ os: "mac" }],
    exclude: [],
    maxParallel: 3,
    failFast: true,
  });
  equal(jobIn("{strategy: {matrix: '${{ params.m }}'}}")?.strategy?.matrix, "${{ params.m }}");
});

test("readJobs() has no strategy where the matrix has no axis", () => {
  equal(jobIn("{strategy: {max-parallel: 2}}")?.strategy, undefined);
  equal(jobIn("{strategy: {include: [{x: 1}]}}")?.strategy, undefined);
  match(saidOfJob("{strategy: {include: [{x: 1}]}}")[0] ?? "", /warning key-inert/);
});

test("readJobs() says where include belongs", () => {
  match(
    saidOfJob("{strategy: {matrix: {os: [linux], include: [{os: mac}]}}}")[0] ?? "",
    /matrix-misplaced Write "include" beside "matrix"/,
  );
});

test("readJobs() warns of a count that can be none", () => {
  match(
    saidOfJob("{strategy: {matrix: {n: [1]}, max-parallel: '{{ params.value }}'}}")[0] ?? "",
    /warning count-invalid Job "a" will fail/,
  );
});

test("readJobs() warns of an id beside its key, and of settings that do nothing", () => {
  match(saidOfJob("{id: b}")[0] ?? "", /warning key-inert The job is "a"/);
  deepEqual(saidOfJob("{id: a}"), []);
  match(saidOfJob("{extras: {x: 1}}")[0] ?? "", /warning key-inert/);
});

test("readJobs() hands the job's language to the stages that take one and say none", () => {
  const job = jobIn(
    "{defaults: {run: {lang: python}}, stages: [{name: x, run: 'a'}, {name: y, run: b, lang: ts}, {name: z, bash: c}]}",
  );
  deepEqual(job?.stages.map(({ input }) => input.lang), ["python", "ts", undefined]);
});
