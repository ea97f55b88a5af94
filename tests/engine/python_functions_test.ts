import assert from "node:assert/strict";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

interface Scripts {
  readonly first: string;
  readonly vars: string;
  readonly second: string;
  readonly params?: ValueObject;
}

async function secondOf({ first, vars, second, params = {} }: Scripts): Promise<ValueObject> {
  await using sluice = await openSluice({ memory: true, audit: false });
  const stages = [
    { name: "a", id: "a", lang: "python", run: first },
    { name: "b", id: "b", lang: "python", vars: { f: vars }, run: second },
  ];
  const document = { w: { type: "Workflow", jobs: { j: { stages } } } };
  const { workflows: [workflow], diagnostics } = await sluice.loadText(
    JSON.stringify(document),
    "w.yml",
  );
  assert.ok(workflow, JSON.stringify(diagnostics));
  const { context } = await (await sluice.engine.start(workflow, { params })).result;
  return mappingOf(mappingOf(mappingOf(mappingOf(context.jobs).j).stages).b);
}

const OUTPUT = "${{ stages.a.outputs.f }}";

test("a function of an earlier script can be called where its output is a variable", async () => {
  const { outputs } = await secondOf({
    first: "def f(x: int = 2) -> int:\n  return x * ${{ params.n }}",
    vars: OUTPUT,
    second: "y = f(4) + f()",
    params: { n: 10 },
  });
  assert.deepEqual(outputs, { y: 60 });
});

test("a text that reads like the name of a function is a text", async () => {
  const { outputs } = await secondOf({
    first: "def f():\n  pass",
    vars: "${{ params.f }}",
    second: "y = type(f).__name__",
    params: { f: "f" },
  });
  assert.deepEqual(outputs, { y: "str" });
});

test("an output that is not the function of that name is the value that it is", async () => {
  const { outputs } = await secondOf({
    first: "def f():\n  pass\nresult.outputs = {'f': 'import os'}",
    vars: OUTPUT,
    second: "y = f",
  });
  assert.deepEqual(outputs, { y: "import os" });
});

test("a function that needs names of its script is its name", async () => {
  const { outputs } = await secondOf({
    first: "n = 3\ndef f(x=n):\n  return x",
    vars: OUTPUT,
    second: "y = f",
  });
  assert.deepEqual(outputs, { y: "f" });
});
