import { deepEqual, equal } from "node:assert/strict";
import { test } from "../harness.ts";
import { checkText } from "./corpus.ts";

function codesOf(text: string): readonly string[] {
  return checkText({ name: "etl", text }).map(({ code }) => code);
}

test("checking follows a long chain of outputs, written backwards, without exhausting the stack", () => {
  const jobs = Array.from({ length: 2_000 }, (_, i) => {
    const read = i === 0 ? "3" : `\${{ needs.j${i - 1}.outputs.x }}`;
    const needs = i === 0 ? "" : `needs: [j${i - 1}], `;
    return `    j${i}: {${needs}outputs: {x: "${read}"}, stages: []}`;
  }).reverse();
  deepEqual(codesOf(`etl:\n  type: Workflow\n  jobs:\n${jobs.join("\n")}\n`), []);
});

test("checking takes ids with many templates in them", () => {
  const id = "a${{ item }}".repeat(16);
  const reads = `stages.${"a".repeat(150)}b.outputs.x`;
  const stages = `[{id: "${id}", name: Read, bash: ls}, {name: Say, echo: "\${{ ${reads} }}"}]`;
  const text = `etl:
  type: Workflow
  jobs: {load: {stages: [{name: Each, foreach: [1, 2], stages: ${stages}}]}}
`;
  deepEqual(codesOf(text), ["property-unknown"]);
});

test("checking takes a matrix with very many values", () => {
  const values = Array.from({ length: 20_000 }, (_, i) => i).join(", ");
  const text = `etl:
  type: Workflow
  jobs: {load: {strategy: {matrix: {n: [${values}]}}, stages: [{name: a, echo: "\${{ matrix.n }}"}]}}
`;
  deepEqual(codesOf(text), ["matrix-size"]);
});

test("checking tells a bounded number of things", () => {
  const stages = Array.from(
    { length: 1_200 },
    (_, i) => `        - {name: s${i}, echo: "\${{ nothing${i} }}"}`,
  );
  const text = `etl:\n  type: Workflow\n  jobs:\n    load:\n      stages:\n${stages.join("\n")}\n`;
  equal(codesOf(text).length, 1_000);
});
