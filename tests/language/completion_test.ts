import { deepEqual, equal, ok } from "node:assert/strict";
import { MAX_COMPLETIONS } from "../../core/language/completion.ts";
import { test } from "../harness.ts";
import { labels, offered } from "./language.ts";

const HEAD = `name: a
params: {day: date, size: {type: choice, options: [small, large]}}
jobs:
  first:
    outputs: {rows: "1"}
    strategy: {matrix: {os: [linux, mac]}}
    stages:
      - {name: Pull, id: pull, bash: "echo"}
  second:
    needs: [first]
    stages:
      - {name: Read, id: read, bash: "echo"}
      - name: Each
        foreach: [1, 2]
        stages:
`;

test("completionsAt() offers the names that a place sees, and what can be called", () => {
  const found = labels(`${HEAD}          - {name: x, echo: "\${{ ◆ }}"}\n`);
  for (
    const name of ["item", "loop", "stages", "matrix", "needs", "params", "fromJson", "always"]
  ) {
    ok(found.includes(name), name);
  }
  const atJob = labels("name: a\njobs:\n  x:\n    if: ${{ ◆ }}\n");
  ok(atJob.includes("needs") && !atJob.includes("stages") && !atJob.includes("item"));
});

test("completionsAt() offers what a stage kind says that it leaves behind", () => {
  deepEqual(
    labels(`${HEAD}          - name: x\n            echo: \${{ stages.read.outputs.◆`).slice(0, 3),
    ["return_code", "stdout", "stderr"],
  );
  deepEqual(labels(`${HEAD}          - name: x\n            echo: \${{ stages.◆ }}\n`), ["read"]);
});

test("completionsAt() offers axes with their values, needs and their outputs", () => {
  const job = HEAD.slice(0, HEAD.indexOf("  second"));
  const axes = offered(`${job}      - name: x\n        echo: \${{ matrix.◆ }}\n`).items;
  deepEqual(axes.map(({ label, detail }) => [label, detail]), [["os", '"linux" or "mac"']]);
  deepEqual(
    labels(`${HEAD}          - {name: x, echo: "\${{ needs.first.◆"}\n`),
    ["result", "status", "outputs", "legs"],
  );
  deepEqual(labels(`${HEAD}          - {name: x, echo: "\${{ needs.first.outputs.r◆"}\n`), [
    "rows",
  ]);
});

test("completionsAt() offers what a run knows of the one that it follows, where it follows any", () => {
  const jobs = "jobs:\n  j:\n    stages:\n      - {name: x, echo: '${{ release.◆'}\n";
  deepEqual(labels(`name: a\non: [{release: first}]\n${jobs}`), [
    ...["type", "logical_date", "workflow", "run_id", "status"],
  ]);
  deepEqual(labels(`name: a\non: [{every: 1h}]\n${jobs}`), ["type", "logical_date"]);
  const compared = jobs.replace("echo: '${{ release.◆'", 'if: "release.workflow == \'◆"');
  deepEqual(labels(`name: a\non: [{release: [first, other]}]\n${compared}`), ["first", "other"]);
});

test("completionsAt() offers what a value may be in the quotes behind a comparison", () => {
  const text = `${HEAD}          - {name: x, if: "params.size == '◆", echo: hi}\n`;
  deepEqual(labels(text), ["small", "large"]);
  deepEqual(
    labels(`${HEAD}          - name: x\n            if: \${{ params.size == '◆' }}\n`),
    ["small", "large"],
  );
});

test("completionsAt() offers filters with their signatures behind a bar", () => {
  const { items } = offered('name: a\njobs: {x: {stages: [{name: s, echo: "${{ 1 | ro◆"}]}}\n');
  ok(items.every(({ kind }) => kind === "filter"));
  const split = items.find(({ label }) => label === "split");
  ok(split?.detail.startsWith("string | split("), split?.detail);
  ok((split?.doc ?? "") !== "");
});

test("completionsAt() offers the names in brackets, and steps behind calls", () => {
  deepEqual(labels(`${HEAD}          - {name: x, echo: "\${{ needs['◆"}\n`), ["first"]);
  deepEqual(labels("name: a\njobs:\n  x:\n    if: ${{ fromJson('{}').◆ }}\n"), []);
});

test("completionsAt() offers the keys of a mapping that it does not have yet", () => {
  const found = labels("name: a\njobs:\n  x:\n    needs: []\n    ◆\n    desc: hi\n");
  ok(found.includes("stages") && found.includes("runs-on"));
  ok(!found.includes("needs") && !found.includes("desc") && !found.includes("runs_on"));
  deepEqual(labels("name: a\njobs:\n  x:\n    strategy:\n      fail-fast: ◆\n"), ["true", "false"]);
});

test("completionsAt() offers stage kinds as long as nothing tells which one it is", () => {
  const none = offered("name: a\njobs:\n  x:\n    stages:\n      - name: s\n        ◆\n").items;
  const kinds = none.filter(({ kind }) => kind === "stage-kind").map(({ label }) => label);
  for (const key of ["bash", "run", "foreach", "trigger"]) ok(kinds.includes(key), key);
  const some = labels(
    "name: a\njobs:\n  x:\n    stages:\n      - name: s\n        foreach: [1]\n        ◆\n",
  );
  ok(some.includes("concurrent") && !some.includes("bash"));
});

test("completionsAt() offers jobs that can be needed and are not yet", () => {
  const jobs = "name: a\njobs:\n  x: {}\n  y: {}\n  z:\n    needs: ";
  deepEqual(labels(`${jobs}◆\n`), ["x", "y"]);
  deepEqual(labels(`${jobs}[◆\n`), ["x", "y"]);
  deepEqual(labels(`${jobs}[x, ◆]\n`), ["y"]);
});

test("completionsAt() works in a text with mistakes elsewhere", () => {
  const text = "name: a\nparams: {day: date, odd: {type: nonsense}}\nnonsense: 1\njobs:\n" +
    "  x: {needs: 7, stages: [{bsh: 1}, 4]}\n  y:\n    if: ${{ params.◆\n    stages: [{name: s, ech: 1}]\n";
  deepEqual(labels(text), ["day"]);
});

test("completionsAt() replaces the word before the cursor, dashes and all", () => {
  const { replace } = offered("name: a\njobs:\n  x:\n    max-par◆\n");
  equal(replace.end - replace.start, "max-par".length);
});

test("completionsAt() offers at most so much, and says that there is more", () => {
  const jobs = Array.from({ length: MAX_COMPLETIONS + 5 }, (_, at) => `  j${at}: {}\n`).join("");
  const { items, isIncomplete } = offered(`name: a\njobs:\n${jobs}  last:\n    needs: ◆\n`);
  equal(items.length, MAX_COMPLETIONS);
  ok(isIncomplete);
});
