import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSluice, WorkflowError } from "../../mod.ts";
import { test } from "../harness.ts";

const PART = new URL("../../core/plugin/expression_part.ts", import.meta.url).href;

const FILTERS = `
import { defineFilter, defineFunction } from ${JSON.stringify(PART)};
export const other = 5;
export const shout = defineFilter({
  name: "shout",
  summary: "A text in capitals",
  input: ["string"],
  params: [{ name: "marks", types: ["number"], fallback: 1 }],
  returns: ["string"],
  apply: (text, [marks]) => String(text).toUpperCase() + "!".repeat(Number(marks)),
});
export const upper = defineFilter({
  ...shout,
  name: "upper",
  params: [],
  apply: () => "never",
});
export const double = defineFunction({
  name: "double",
  summary: "Twice a number",
  params: [{ name: "value", types: ["number"] }],
  returns: ["number"],
  call: ([value]) => Number(value) * 2,
});
`;

const WORKFLOW = `
w:
  type: Workflow
  params: {name: {type: str, default: ann}}
  jobs:
    j:
      outputs: {said: "\${{ params.name | shout(2) }}", twice: "\${{ double(21) }}", built: "\${{ params.name | upper }}"}
      stages: [{name: s, echo: x}]
`;

type Env = Readonly<Record<string, string>>;

async function withFilters(
  work: (folder: string, open: (entries: string) => ReturnType<typeof openSluice>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-filters-"));
  try {
    await mkdir(join(folder, "more"));
    await writeFile(join(folder, "mine.ts"), FILTERS);
    await work(folder, (entries) => {
      const env: Env = { WORKFLOW_CORE_REGISTRY_FILTER: entries };
      const told: string[] = [];
      return openSluice({
        ...{ conf: folder, state: folder, memory: true, audit: false, env },
        warn: (message) => told.push(message),
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("filters and functions of named modules work, and built-in ones win over them (C-357)", () =>
  withFilters(async (folder, open) => {
    await using sluice = await open(join(folder, "mine"));
    const { workflows: [workflow], diagnostics } = await sluice.loadText(WORKFLOW, "w.yml");
    deepEqual(diagnostics, []);
    const run = workflow && await sluice.engine.start(workflow);
    const result = await run?.result;
    deepEqual(Object(result?.context.jobs).j.outputs, { said: "ANN!!", twice: 42, built: "ANN" });
  }));

test("the checker knows the signatures of named filters", () =>
  withFilters(async (folder, open) => {
    await using sluice = await open(join(folder, "mine.ts"));
    const wrong = WORKFLOW.replace("shout(2)", "shout('a')").replace("double(21)", "double()");
    const { diagnostics } = await sluice.loadText(wrong, "w.yml");
    deepEqual(diagnostics.map(({ code }) => code).sort(), ["argument-count", "argument-type"]);
    await using bare = await open("ddeutil.workflow.reusables");
    const unknown = (await bare.loadText(WORKFLOW, "w.yml")).diagnostics.map(({ code }) => code);
    deepEqual(unknown.sort(), ["filter-unknown", "function-unknown"]);
  }));

test("a folder stands for its modules, and two filters of one name are refused", () =>
  withFilters(async (folder, open) => {
    await writeFile(join(folder, "more", "a.ts"), FILTERS);
    await writeFile(join(folder, "more", "a_test.ts"), "throw new Error('never loaded')");
    await using sluice = await open(join(folder, "more"));
    equal(sluice.registry.filters.has("shout"), true);
    await writeFile(join(folder, "more", "b.ts"), FILTERS);
    await rejects(open(join(folder, "more")), (error) => {
      match(String(error), /filter "shout": there are two of this name/);
      return error instanceof WorkflowError;
    });
    await rejects(open(`${join(folder, "mine")}, ${join(folder, "more", "a")}`), WorkflowError);
  }));

test("a module that does not load is an error in words, and one that is not there a warning", () =>
  withFilters(async (folder, open) => {
    await writeFile(join(folder, "broken.ts"), "throw new Error('on purpose')");
    await rejects(open(join(folder, "broken")), /Cannot load the module ".*broken.ts": on purpose/);
    await using sluice = await open(join(folder, "nobody"));
    equal(sluice.registry.filters.has("shout"), false);
  }));
