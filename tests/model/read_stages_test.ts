import { deepEqual, equal, match } from "node:assert/strict";
import { loadFile } from "../../core/model/load_workflow.ts";
import { MAX_STAGE_NESTING } from "../../core/model/read_stages.ts";
import { type Stage, stagesOf } from "../../core/model/workflow.ts";
import { test } from "../harness.ts";
import { saidOf, workflowIn } from "./loading.ts";
import { SAMPLE_KINDS } from "./sample_kinds.ts";

function stagesIn(written: string): readonly Stage[] {
  return workflowIn(`w: {type: Workflow, jobs: {a: {stages: [${written}]}}}`).jobs.get("a")
    ?.stages ?? [];
}

function saidOfStages(written: string): readonly string[] {
  return saidOf(`w: {type: Workflow, jobs: {a: {stages: [${written}]}}}`);
}

test("readStages() tells the kind by the keys", () => {
  const kinds = [
    "{name: a}",
    "{name: b, sleep: 1}",
    "{name: c, bash: ls}",
    "{name: d, case: x, match: []}",
  ];
  deepEqual(stagesIn(kinds.join()).map(({ syntax }) => syntax.name), [
    "empty",
    "empty",
    "bash",
    "case",
  ]);
});

test("readStages() takes the kind with the most keys", () => {
  const [stage] = stagesIn("{name: a, until: 'true', stages: [], item: 1}");
  equal(stage?.syntax.name, "until");
});

test("readStages() keeps the fields as written and reads what all stages have", () => {
  const [stage] = stagesIn(
    "{name: 'Load ${{ matrix.n }}', id: load, desc: x, if: 'true', retry: 2, timeout: 30s, on-lost: fail, outputs: {n: '${{ 1 }}'}, bash: ' ls ${{ params.x }} ', env: {PORT: 8080}}",
  );
  const { syntax, ...rest } = stage ?? {};
  equal(syntax?.name, "bash");
  deepEqual(rest, {
    key: "load",
    id: "load",
    name: "Load ${{ matrix.n }}",
    description: "x",
    condition: "true",
    retry: { attempts: 2 },
    timeoutMs: 30_000,
    onLost: "fail",
    outputs: { n: "${{ 1 }}" },
    input: { bash: " ls ${{ params.x }} ", env: { PORT: 8080 } },
    path: ["w", "jobs", "a", "stages", 0],
  });
});

test("readStages() makes no stage of a kind that does not fit (W-01)", () => {
  match(saidOfStages("{name: a, bash: 3}")[0] ?? "", /"bash" must be a text, but it is 3/);
  match(saidOfStages("{name: a, bash: ls, retry: x}")[0] ?? "", /A retry is/);
  match(
    saidOfStages("{name: a, bash: ls, evn: {}}")[0] ?? "",
    /Unknown key "evn" in stage "a"; did you mean "env"/,
  );
  equal(saidOfStages("{name: a, eche: hi, bahs: 'exit 1'}").length, 2);
  match(saidOfStages("{name: a, echo: 3}")[0] ?? "", /"echo" must be a text/);
});

test("readStages() says which key is missing, and which belongs to another kind", () => {
  match(
    saidOfStages("{name: a, case: x}")[0] ?? "",
    /Cannot tell what stage "a" does: a "case" stage also has "match"/,
  );
  match(
    saidOfStages("{name: a, bash: ls, run: x}")[0] ?? "",
    /Stage "a" is a "bash" stage and so cannot have "run", which makes a "script" stage/,
  );
});

test("readStages() names kinds that are installed and not loaded", () => {
  const { diagnostics: [first] } = loadFile(
    "w: {type: Workflow, jobs: {a: {stages: [{name: x, bahs: ls}]}}}",
    "w",
    {
      stages: SAMPLE_KINDS.filter(({ name }) => name === "empty"),
      known: [{ name: "bash", keys: ["bash"] }],
    },
  );
  match(first?.message ?? "", /did you mean "bash"/);
});

test("readStages() warns of the type that the reference's pages write", () => {
  match(
    saidOfStages("{name: a, type: py, run: x}")[0] ?? "",
    /warning key-inert The key "type" of stage "a" has no effect/,
  );
  match(saidOfStages("{name: a, type: empty}")[0] ?? "", /warning key-inert/);
});

test("readStages() reads nested stages and leaves their lists empty in the input", () => {
  const [stage] = stagesIn(
    "{name: p, parallel: {one: [{name: a, bash: ls}], two: [{name: b}, {name: c}]}}",
  );
  deepEqual(stage?.input, { parallel: { one: [], two: [] } });
  deepEqual(Object.keys(stage?.bodies ?? {}), ["one", "two"]);
  deepEqual(stage?.bodies?.two?.map(({ name, path }) => [name, path.slice(-3)]), [
    ["b", ["parallel", "two", 0]],
    ["c", ["parallel", "two", 1]],
  ]);
  deepEqual([...stagesOf(stage ? [stage] : [])].map(({ name }) => name), ["p", "a", "b", "c"]);
});

test("readStages() reports what is wrong in nested stages, even beside a wrong common field", () => {
  const said = saidOfStages("{name: f, timeout: soon, foreach: [1], stages: [{name: x, bash: 1}]}");
  equal(said.length, 2);
  match(said[1] ?? "", /"bash" must be a text/);
});

test("readStages() reads nesting up to its bound", () => {
  const nested = (depth: number): string =>
    depth === 0 ? "{name: x, bash: ls}" : `{name: x, foreach: [1], stages: [${nested(depth - 1)}]}`;
  deepEqual(saidOfStages(nested(MAX_STAGE_NESTING)), []);
  match(
    saidOfStages(nested(MAX_STAGE_NESTING + 1))[0] ?? "",
    /too-deep Stages may be nested at most 16 deep/,
  );
});

test("readStages() lets names use what differs between repetitions, and nothing else", () => {
  deepEqual(saidOfStages("{name: 'a ${{ matrix.n }}', bash: ls}"), []);
  match(
    saidOfStages("{name: 'a ${{ item }}', bash: ls}")[0] ?? "",
    /may use only "matrix" in templates, but it uses "item"/,
  );
  deepEqual(
    saidOfStages("{name: f, foreach: [1], stages: [{name: 'n ${{ item }} ${{ loop }}', echo: x}]}"),
    [],
  );
  match(saidOfStages("{id: '${{ params.x }}', bash: ls}")[0] ?? "", /name-invalid The id of stage/);
});

test("readStages() wants a name or an id", () => {
  equal(stagesIn("{id: a, bash: ls}")[0]?.name, "a");
  match(saidOfStages("{bash: ls}")[0] ?? "", /A stage needs a "name" or an "id"/);
  match(saidOfStages("{name: 3, bash: ls}")[0] ?? "", /"name" must be a text, but it is 3/);
});

test("readStages() refuses twins in a job, and numbers those that the reference runs", () => {
  match(saidOfStages("{name: a, id: t}, {name: b, id: t}")[0] ?? "", /^1:\d+ stage-duplicate/);
  match(saidOfStages("{name: a}, {name: a}")[0] ?? "", /^1:\d+ stage-duplicate/);
  const nested = "{name: u, foreach: [1], stages: [{name: e}, {name: e}, {name: e}]}";
  deepEqual(stagesIn(nested)[0]?.bodies?.stages?.map(({ key }) => key), ["e", "e (2)", "e (3)"]);
  match(saidOfStages(nested)[0] ?? "", /warning stage-duplicate/);
  const withIds = "{name: u, foreach: [1], stages: [{name: e, id: x}, {name: f, id: x}]}";
  match(saidOfStages(withIds)[0] ?? "", /^1:\d+ stage-duplicate/);
});

test("readStages() says what a list of stages is", () => {
  match(
    saidOf("w: {type: Workflow, jobs: {a: {stages: {bash: ls}}}}")[0] ?? "",
    /Stages must be a list, but these are a mapping/,
  );
  match(saidOfStages("ls")[0] ?? "", /A stage must be a mapping, but this one is a text/);
});
