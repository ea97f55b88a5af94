import { deepEqual, equal, match, ok } from "node:assert/strict";
import { loadFile, loadWorkflow } from "../../core/model/load_workflow.ts";
import { sha256Hex } from "../../core/expr/sha256.ts";
import { test } from "../harness.ts";
import { saidOf, workflowIn } from "./loading.ts";
import { SAMPLE_KINDS } from "./sample_kinds.ts";

const options = { stages: SAMPLE_KINDS };

test("loadWorkflow() reads a file with one workflow at its top", () => {
  const text =
    "name: etl\ndesc: |\n\n  Loads.\n    Twice.\ntags: [a, b]\ntimeout: 1h30m\nmax_job_parallel: 4\n";
  const loaded = loadWorkflow(text, "etl.yml", options);
  ok(loaded.ok);
  const [workflow] = loaded.value;
  equal(workflow?.name, "etl");
  equal(workflow?.description, "Loads.\n  Twice.");
  deepEqual(workflow?.tags, ["a", "b"]);
  equal(workflow?.timeoutMs, 5_400_000);
  equal(workflow?.maxParallel, 4);
  equal(workflow?.digest, sha256Hex(text));
  equal(workflow?.jobs.size, 0);
});

test("loadWorkflow() reads several workflows by key and passes other types over", () => {
  const text = "a: {type: Workflow}\nb: {type: Crontab, nonsense: 1}\nc: {type: Workflow}\nd: 3\n";
  const loaded = loadWorkflow(text, "many.yml", options);
  ok(loaded.ok);
  deepEqual(loaded.value.map(({ name }) => name), ["a", "c"]);
});

test("loadWorkflow() finds nothing in an empty file, a list or another document", () => {
  for (const text of ["", "# nothing\n", "- 1\n", "name: x\ntype: Schedule\n"]) {
    const loaded = loadWorkflow(text, "x.yml", options);
    ok(loaded.ok);
    deepEqual(loaded.value, []);
  }
});

test("loadFile() keeps the right workflows of a file that has wrong ones", () => {
  const loaded = loadFile(
    "good: {type: Workflow}\nbad: {type: Workflow, jbos: {}}\n",
    "x.yml",
    options,
  );
  deepEqual(loaded.workflows.map(({ name }) => name), ["good"]);
  deepEqual(loaded.broken, ["bad"]);
  equal(
    loadWorkflow("good: {type: Workflow}\nbad: {type: Workflow, jbos: {}}\n", "x.yml", options).ok,
    false,
  );
});

test("loadFile() gives the faults of a text that is no YAML", () => {
  const { workflows, diagnostics: [first] } = loadFile("a: [1", "x.yml", options);
  deepEqual(workflows, []);
  equal(first?.severity, "error");
  equal(first?.place.file, "x.yml");
});

test("loadFile() refuses a mapping that looks like a workflow and is none", () => {
  match(
    saidOf("etl:\n  jobs: {}\n")[0] ?? "",
    /^1:1 type-missing "etl" is no workflow: it has no "type"/,
  );
  match(
    saidOf("etl:\n  type: workflow\n")[0] ?? "",
    /^2:9 type-missing .* its "type" is "workflow"; did you mean "Workflow"\?/,
  );
  match(saidOf("jobs: {}\n")[0] ?? "", /^1:1 key-missing/);
  match(saidOf("name: etl\ntype: Worfklow\n")[0] ?? "", /^2:7 type-missing .* did you mean/);
});

test("loadFile() only warns of a mapping without a type beside a workflow: it may be merged into it", () => {
  deepEqual(saidOf("base: {jobs: {}}\netl: {type: Workflow}\nmore: {type: Settings}\n"), [
    '1:1 warning type-missing "base" is no workflow: it has no "type"; write "type: Workflow"',
  ]);
});

test("loadFile() reports all that is wrong at once, each at its place", () => {
  deepEqual(
    saidOf(`w:
  type: Workflow
  parms: {}
  timeout: never
  jobs:
    load:
      need: [x]
      retry: [1]
      strategy:
        matrix: {os: linux}
        fail-fast: maybe
      stages:
        - {name: a, bahs: ls}
        - {name: b, bash: 3}
`),
    [
      '3:3 key-unknown Unknown key "parms" in workflow "w"; did you mean "params"?',
      '4:12 value-invalid A timeout is a number of seconds or a text such as "30m", at most 366 days',
      '7:7 key-unknown Unknown key "need" in job "load"; did you mean "needs"?',
      "8:14 value-invalid A retry is a whole number from 0 to 1000, a template that gives one, " +
      'or a mapping with "attempts", "delay", "backoff" and "max-delay"',
      "10:22 value-invalid An axis of a matrix is a list of values, or a template that gives one",
      '11:20 value-invalid "fail-fast" must be true or false, but it is "maybe"',
      '13:21 stage-kind-unknown Cannot tell what stage "a" does: no stage kind has the key "bahs"; did you mean "bash"?',
      '14:27 value-invalid "bash" must be a text, but it is 3',
    ],
  );
});

test("loadFile() refuses names with templates, line ends and reserved words", () => {
  match(
    saidOf('"w-${{ params.x }}": {type: Workflow}\n')[0] ?? "",
    /name-invalid .* may not hold a template/,
  );
  match(saidOf('name: "a\\nb"\n')[0] ?? "", /name-invalid .* may not hold control characters/);
  match(saidOf(`name: ${"x".repeat(201)}\n`)[0] ?? "", /at most 200 characters/);
  match(saidOf('name: "  "\n')[0] ?? "", /may not be empty/);
  match(
    saidOf("w: {type: Workflow, jobs: {'${{ x }}': {}}}\n")[0] ?? "",
    /The id of job .* may not hold a template/,
  );
});

test("loadFile() takes null for what is not there", () => {
  const workflow = workflowIn(
    "w: {type: Workflow, desc: null, params: null, jobs: {a: null}, on: null, tags: null}",
  );
  equal(workflow.description, "");
  deepEqual(workflow.jobs.get("a")?.stages, []);
});

test("loadFile() puts nothing on a prototype", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    const said = saidOf(`w: {type: Workflow, jobs: {a: {env: {"${key}": x}}}}`);
    equal(said.length, 1, key);
  }
  equal(
    Object.getPrototypeOf(workflowIn("w: {type: Workflow, extras: {a: 1}}").extras).polluted,
    undefined,
  );
});

test("loadFile() keeps the definition as it was written", () => {
  deepEqual(workflowIn("w: {type: Workflow, desc: x, jobs: {a: {runs_on: local}}}").definition, {
    type: "Workflow",
    desc: "x",
    jobs: { a: { runs_on: "local" } },
  });
});

test("loadWorkflow() warns of keys that the reference's pages write in vain", () => {
  deepEqual(saidOf("w: {type: Workflow, param: {p: int}, jobs: {}}"), [
    '1:21 warning key-inert The key "param" of workflow "w" has no effect',
  ]);
});
