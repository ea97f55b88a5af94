import { deepEqual, equal, match } from "node:assert/strict";
import { cycles, type Import, layerProblems } from "../../tools/check_layers.ts";
import { test } from "../harness.ts";

/** Imports written as `from -> to`. */
function graph(...edges: string[]): Import[] {
  return edges.map((edge) => {
    const [from = "", to = ""] = edge.split(" -> ");
    return to.includes(".ts") ? { from, specifier: to, to } : { from, specifier: to };
  });
}

for (
  const edge of [
    "core/expr/a.ts -> core/source/b.ts",
    "core/run/a.ts -> core/plan/b.ts",
    "core/run/a.ts -> core/run/b.ts",
    "core/engine/a.ts -> core/check/b.ts",
    "core/engine/a.ts -> core/schedule/b.ts",
    "plugins/cron.ts -> core/schedule/b.ts",
    "stages/bash.ts -> core/plugin/stage_kind.ts",
    "stages/script/a.ts -> stages/b.ts",
    "plugins/file_audit.ts -> core/plugin/sink.ts",
    "platform/deno.ts -> core/plugin/ports.ts",
    "plugins/http/app.ts -> core/engine/loop.ts",
    "mod.ts -> plugins/http/app.ts",
    "cli/run.ts -> mod.ts",
    "plugin.ts -> core/plugin/stage_kind.ts",
    "testing.ts -> core/engine/loop.ts",
    "preset.ts -> stages/bash.ts",
    "mod.ts -> preset.ts",
  ]
) {
  test(`layerProblems() allows ${edge}`, () => deepEqual(layerProblems(graph(edge)), []));
}

for (
  const edge of [
    "core/source/a.ts -> core/expr/b.ts",
    "core/check/a.ts -> core/plan/b.ts",
    "core/plan/a.ts -> core/check/b.ts",
    "core/schedule/a.ts -> core/plugin/b.ts",
    "core/run/a.ts -> core/plugin/b.ts",
    "core/plugin/a.ts -> core/engine/b.ts",
    "core/engine/a.ts -> stages/bash.ts",
    "core/engine/a.ts -> mod.ts",
    "stages/a.ts -> preset.ts",
    "stages/a.ts -> core/engine/b.ts",
    "stages/a.ts -> plugins/b.ts",
    "plugins/a.ts -> platform/b.ts",
    "plugins/a.ts -> plugins/http/b.ts",
    "platform/a.ts -> stages/b.ts",
    "plugin.ts -> core/engine/b.ts",
    "core/run/a.ts -> tests/b.ts",
  ]
) {
  test(`layerProblems() refuses ${edge}`, () => {
    const [problem, ...others] = layerProblems(graph(edge));
    match(problem ?? "", /against the grain/);
    equal(others.length, 0);
  });
}

test("layerProblems() gives each package to one place", () => {
  deepEqual(
    layerProblems(graph(
      "core/source/a.ts -> yaml",
      "cli/a.ts -> commander",
      "cli.ts -> commander",
      "plugins/cron/a.ts -> croner",
      "plugins/http/a.ts -> hono/jsx",
      "plugins/sqlite_journal.ts -> node:sqlite",
      "stages/a.ts -> zod",
    )),
    [],
  );
  equal(
    layerProblems(graph(
      "core/model/a.ts -> yaml",
      "core/engine/a.ts -> commander",
      "plugins/webhook.ts -> croner",
      "cli/serve.ts -> hono",
      "plugins/file_audit.ts -> node:sqlite",
      "stages/a.ts -> fast-check",
    )).length,
    6,
  );
});

test("cycles() finds a circle and where it closes", () => {
  deepEqual(cycles(graph("a.ts -> b.ts", "b.ts -> c.ts", "c.ts -> a.ts")), [
    ["a.ts", "b.ts", "c.ts", "a.ts"],
  ]);
});

test("cycles() finds a module that imports itself", () => {
  deepEqual(cycles(graph("a.ts -> a.ts")), [["a.ts", "a.ts"]]);
});

test("cycles() does not take a diamond for a circle", () => {
  deepEqual(cycles(graph("a.ts -> b.ts", "a.ts -> c.ts", "b.ts -> d.ts", "c.ts -> d.ts")), []);
});

test("cycles() finds a circle behind modules that were walked before", () => {
  deepEqual(cycles(graph("a.ts -> b.ts", "c.ts -> b.ts", "c.ts -> d.ts", "d.ts -> c.ts")), [
    ["c.ts", "d.ts", "c.ts"],
  ]);
});
