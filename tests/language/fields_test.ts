import { deepEqual, equal, ok } from "node:assert/strict";
import { FIELD_DOCS, fieldDoc, usualKey } from "../../core/model/field_docs.ts";
import { allowedAt, docOfKey } from "../../core/language/fields.ts";
import { commonKeys } from "../../core/model/stage_schema.ts";
import { test } from "../harness.ts";
import { analyzed } from "./language.ts";

const TEXT = `name: a
params: {day: date, n: {type: int}}
on: [{cron: "0 9 * * *"}, {release: {workflow: other, when: always}}]
jobs:
  x:
    strategy: {matrix: {os: [a]}, max_parallel: 2}
    retry: {attempts: 2, delay: 1}
    stages:
      - {name: s, id: s, bash: echo}
`;

/** Keys that old files may have and nobody should write. */
const OLD: Readonly<Record<string, readonly string[]>> = {
  job: ["id"],
  on: ["output_hashes", "output_month_names", "output_weekday_names", "tz"],
};

test("every key that can be written has a sentence", () => {
  const analysis = analyzed(TEXT);
  for (const path of [[], ["jobs", "x"], ["jobs", "x", "strategy"], ["params", "n"], ["on", 0]]) {
    const { owner, fields } = allowedAt(analysis, path);
    ok(fields.length > 0, owner);
    for (const { name, doc } of fields) {
      ok(doc.endsWith("."), `${owner}: "${name}" has no sentence`);
      ok(!OLD[owner]?.includes(name), name);
    }
  }
  for (const key of commonKeys()) ok(fieldDoc("stage", key), key);
});

test("every sentence is about a key that can be written", () => {
  const analysis = analyzed(TEXT);
  const job = ["jobs", "x"];
  const paths = {
    ...{ workflow: [], job, strategy: [...job, "strategy"], retry: [...job, "retry"] },
    ...{ concurrency: ["concurrency"], on: ["on", 0], "runs-on": [...job, "runs-on"] },
  };
  for (const [owner, path] of Object.entries(paths)) {
    const known = new Set(allowedAt(analysis, path).fields.map(({ name }) => usualKey(name)));
    for (const key of Object.keys(FIELD_DOCS[owner] ?? {})) {
      ok(known.has(key), `${owner}: there is no "${key}"`);
    }
  }
});

test("allowedAt() knows the values of a field and the forms of a trigger", () => {
  const analysis = analyzed(TEXT);
  deepEqual(allowedAt(analysis, ["on", 1, "release", "when"]).values, [
    "success",
    "failure",
    "always",
  ]);
  ok(allowedAt(analysis, ["jobs", "x", "trigger-rule"]).values.includes("all_done"));
  deepEqual(allowedAt(analysis, ["jobs", "x", "stages", 0, "nothing"]).fields, []);
});

test("docOfKey() tells what an old spelling means", () => {
  const analysis = analyzed(TEXT);
  equal(
    docOfKey(analysis, ["jobs", "x", "strategy", "max_parallel"]),
    FIELD_DOCS.strategy?.["max-parallel"],
  );
  equal(docOfKey(analysis, ["jobs", "x", "nonsense"]), undefined);
});

test("every field of a stage kind that comes with the engine has a sentence", () => {
  const kinds: Readonly<Record<string, string>> = {
    bash: "bash: echo",
    script: "run: export const x = 1",
    trigger: "trigger: a",
    foreach: "foreach: [1]",
    until: "until: true",
    parallel: "parallel: {one: []}",
    raise: "raise: no",
    empty: "echo: hi",
  };
  for (const [kind, field] of Object.entries(kinds)) {
    const analysis = analyzed(`name: a\njobs: {x: {stages: [{name: s, ${field}}]}}\n`);
    for (const { name, doc } of allowedAt(analysis, ["jobs", "x", "stages", 0]).fields) {
      ok(doc.endsWith("."), `${kind}: "${name}" has no sentence`);
    }
  }
});
