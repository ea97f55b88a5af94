/**
 * Documents of every shape: what comes back is workflows and diagnostics, and
 * nothing is ever thrown.
 */
import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { makePlan } from "../../core/plan/make_plan.ts";
import { test } from "../harness.ts";
import { SAMPLE_KINDS } from "./sample_kinds.ts";

const KEYS = [
  "type name desc params on jobs tags extras timeout defaults env a b",
  "id needs if stages strategy retry runs-on trigger-rule outputs matrix include exclude max-parallel",
  "bash run uses with trigger raise foreach until parallel case match else echo sleep",
  "cron schedule release manual interval day time timezone default options min pattern attempts delay",
].join(" ").split(" ");

const WORDS = [
  "Workflow",
  "${{ params.a }}",
  "${{ 1 + }}",
  "${{",
  "* * * * *",
  "1h",
  "int",
  "",
  "a",
  "(a",
  "true",
];

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    fc.constantFrom<unknown>(...WORDS, null, true, false, 0, 1, -1, 1.5, 1e300),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("tree"), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

function survive(text: string): void {
  const { workflows, diagnostics } = loadFile(text, "x.yml", { stages: SAMPLE_KINDS });
  for (const { message, place } of diagnostics) {
    ok(message !== "" && !message.includes("\u0000") && !message.includes("undefined"), message);
    ok(place.span.start.line >= 1);
  }
  for (const workflow of workflows) {
    const found = checkWorkflow(workflow);
    if (found.some(({ severity }) => severity === "error")) continue;
    const plan = makePlan(workflow, {
      ...{ engine: "0", params: {}, maxParallel: 1, stageDefaultId: false, scriptLang: "ts" },
      ...{ extras: {}, ancestry: [] },
    });
    equal(plan.jobs.length, workflow.jobs.size);
  }
}

test("loadFile(), checkWorkflow() and makePlan() survive any document", () => {
  fc.assert(fc.property(tree, (value) => survive(JSON.stringify(value ?? null))), { numRuns: 300 });
});

test("loadFile(), checkWorkflow() and makePlan() survive any job", () => {
  const job = fc.dictionary(fc.constantFrom(...KEYS), tree, { noNullPrototype: true });
  const document = job.map((a) => ({ w: { type: "Workflow", jobs: { a } } }));
  fc.assert(fc.property(document, (value) => survive(JSON.stringify(value))), { numRuns: 300 });
});

test("loadFile(), checkWorkflow() and makePlan() survive any stage", () => {
  const stage = fc.dictionary(fc.constantFrom(...KEYS), tree, { noNullPrototype: true });
  const document = fc.array(stage, { maxLength: 3 })
    .map((stages) => ({ w: { type: "Workflow", jobs: { a: { stages } } } }));
  fc.assert(fc.property(document, (value) => survive(JSON.stringify(value))), { numRuns: 300 });
});

test("loadFile() survives any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), survive), { numRuns: 300 });
});

test("loadFile() answers a document that is nothing but mistakes", () => {
  const jobs = Array.from(
    { length: 2_000 },
    (_, at) => `    j${at}: {nedes: [x], stages: [{bahs: 1}]}\n`,
  );
  const text = `w:\n  type: Workflow\n  jobs:\n${jobs.join("")}`;
  equal(loadFile(text, "x.yml", { stages: SAMPLE_KINDS }).diagnostics.length, 4_000);
});
