import { deepEqual, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { type Node, walk } from "../../core/expr/ast.ts";
import { Datetime } from "../../core/expr/datetime.ts";
import type { EvaluationContext, ExpressionFunction } from "../../core/expr/evaluation_context.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { Value } from "../../core/expr/value.ts";
import { entryOf, isList, isMapping, namesOf } from "../../core/expr/view.ts";
import {
  COMMON_NAMES,
  ContextTypes,
  JOB_NAMES,
  STAGE_NAMES,
} from "../../core/check/contexts/context_types.ts";
import { readTexts } from "../../core/check/read_texts.ts";
import { type ObjectType, optionsOf, type Type, typeText } from "../../core/check/types/type.ts";
import { mayBe } from "../../core/check/types/accepts.ts";
import { typeName } from "../../core/expr/type_name.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

const BOUND_NAMES = ["item", "loop", "branch", "case", "outputs"];
const NAMES: readonly string[] = [...COMMON_NAMES, ...JOB_NAMES, ...STAGE_NAMES, ...BOUND_NAMES];

/** A run in which every kind of place asks what it sees: `peek()` notes it down. */
const WORKFLOW = `
etl:
  type: Workflow
  params: {rows: {type: int, default: 3}, tags: {type: array, default: [a]}}
  extras: {team: data}
  env: {REGION: "\${{ peek('env of the workflow') }}"}
  jobs:
    first:
      env: {CITY: "\${{ peek('env of a job') }}"}
      outputs: {rows: "\${{ peek('outputs of a job') }}"}
      retry: "\${{ 1 if peek('retry of a job') else 0 }}"
      stages:
        - {id: say, name: Say, bash: "echo \${{ peek('bash') }}"}
        - id: count
          name: Count
          if: peek('if of a stage')
          outputs: {rows: "\${{ peek('outputs of a stage') }}"}
          bash: echo 3
    legs:
      needs: [first]
      if: peek('if of a job')
      strategy: {matrix: {n: [1, 2], day: "\${{ ['mon'] if peek('matrix') else [] }}"}}
      outputs: {sum: "\${{ peek('outputs of a job with legs') }}"}
      stages:
        - {id: read, name: "Read \${{ peek('name') and matrix.n }}", bash: "echo \${{ peek('leg') }}"}
    last:
      needs: [first, legs]
      stages:
        - id: each
          name: Each
          foreach: "\${{ [1, 2] if peek('foreach') else [] }}"
          stages: [{id: inner, name: Inner, bash: "echo \${{ peek('within foreach') }}"}]
        - id: wait
          name: Wait
          until: peek('until')
          stages: [{id: look, name: Look, bash: "echo \${{ peek('within until') }}"}]
        - id: both
          name: Both
          parallel: {left: [{id: left, name: Left, bash: "echo \${{ peek('within parallel') }}"}]}
        - id: which
          name: Which
          case: \${{ 'a' if peek('case') else 'b' }}
          match: [{case: a, stages: [{id: chosen, name: Chosen, bash: "echo \${{ peek('within case') }}"}]}]
        - {name: End, echo: "\${{ peek('behind all') }}"}
`;

/** What a place saw: plain data, as deep as the types say something. */
type Seen = ReadonlyMap<string, Value>;

async function seenByRun() {
  const seen = new Map<string, Seen>();
  const call = ([label = null]: readonly Value[], context: EvaluationContext): Value => {
    const found = NAMES.flatMap((name) => {
      const value = context.lookup(name);
      return value === undefined ? [] : [[name, plain(value)] as const];
    });
    seen.set(String(label), new Map(found));
    return true;
  };
  const peek: ExpressionFunction = {
    name: "peek",
    params: [{ name: "label", types: ["string"] }],
    returns: ["bool"],
    summary: "Notes what can be seen",
    call,
  };
  await using sluice = await openSluice({
    memory: true,
    audit: false,
    plugins: [{ name: "peek", functions: [peek] }],
  });
  const loaded = await sluice.loadText(WORKFLOW, "etl.yml");
  const errors = loaded.diagnostics.filter(({ severity }) => severity === "error");
  deepEqual(errors, []);
  const [workflow] = loaded.workflows;
  if (workflow === undefined) throw new Error("no workflow");
  const run = await sluice.engine.start(workflow);
  const { status } = await run.result;
  deepEqual(status, "SUCCESS");
  const functions = new Map([...BUILTIN_FUNCTIONS, ["peek", peek] as const]);
  return { seen, workflow, functions };
}

function plain(value: Value): Value {
  if (isList(value)) return value.map(plain);
  if (value instanceof Datetime || !isMapping(value)) return value;
  return Object.fromEntries([...namesOf(value)].flatMap((name) => {
    const entry = entryOf(value, name);
    return entry === undefined ? [] : [[name, plain(entry)] as const];
  }));
}

const { seen, workflow, functions } = await seenByRun();
const types = new ContextTypes(workflow, { functions, filters: BUILTIN_FILTERS, scriptLang: "ts" });

/** What the checker says of the place of each `peek()`. */
const typed = new Map<string, ObjectType>(
  readTexts(workflow, {}).flatMap(({ expressions, site }) =>
    expressions.flatMap(({ root }) => labelsIn(root)).map((label) => [label, types.contextAt(site)])
  ),
);

function labelsIn(root: Node): readonly string[] {
  const labels: string[] = [];
  walk(root, (node) => {
    if (node.kind !== "call" || node.name !== "peek") return;
    for (const arg of node.args) if (arg.kind === "literal") labels.push(String(arg.value));
  });
  return labels;
}

test("the run evaluates every place that the checker knows", () => {
  deepEqual([...seen.keys()].sort(), [...typed.keys()].sort());
});

// A run by hand stands for no release, so the name is there only in the type.
const ONLY_IN_RELEASES = ["release"];

for (const [label, names] of seen) {
  test(`the checker knows the names that the run has in: ${label}`, () => {
    const context = typed.get(label);
    ok(context);
    const known = NAMES.filter((name) =>
      context.properties.get(name) !== undefined && !ONLY_IN_RELEASES.includes(name)
    );
    // What stands at the workflow is read in stages, whose names it does not know one by one.
    const expected = NAMES.filter((name) => names.has(name));
    deepEqual(known, expected);
  });

  test(`the checker knows the properties that the run has in: ${label}`, () => {
    const context = typed.get(label);
    ok(context);
    const problems = [...names].flatMap(([name, value]) => {
      const property = context.properties.get(name);
      return property === undefined ? [] : differences(value, property.type, name);
    });
    deepEqual(problems, []);
  });
}

/** Where a value is not what its type says. */
function differences(value: Value, type: Type, path: string): readonly string[] {
  if (type.kind === "any") return [];
  if (!mayBe(type, [typeName(value)])) {
    return [`${path} is ${typeName(value)}, not ${typeText(type)}`];
  }
  return optionsOf(type).flatMap((option) => {
    if (option.kind === "array" && isList(value)) {
      return value.flatMap((item, at) => differences(item, option.items, `${path}[${at}]`));
    }
    return option.kind === "object" && isMapping(value) ? inMapping(value, option, path) : [];
  });
}

function inMapping(value: Value, type: ObjectType, path: string): readonly string[] {
  if (!isMapping(value)) return [];
  const names = [...namesOf(value)];
  const unknown = names.flatMap((name) => {
    const found = type.properties.get(name)?.type ?? type.rest;
    const entry = entryOf(value, name) ?? null;
    return found === undefined
      ? [`${path}.${name} is not known`]
      : differences(entry, found, `${path}.${name}`);
  });
  const missing = [...type.properties.names()].filter((name) => {
    const property = type.properties.get(name);
    return property !== undefined && property.absent === undefined && !names.includes(name);
  });
  return [...unknown, ...missing.map((name) => `${path}.${name} is not there`)];
}

test("the checker knows each name that the run looks up", async () => {
  const source = await readFile(new URL("../../core/run/contexts.ts", import.meta.url), "utf8");
  const names = Array.from(source.matchAll(/^ +case "(\w+)":$/gm), ([, name]) => name ?? "");
  ok(names.length >= NAMES.length - BOUND_NAMES.length, "the names are found in the source");
  deepEqual(names.filter((name) => !NAMES.includes(name)), []);
});
