// `Deno.lint.runPlugin` has no counterpart on Bun: bunfig.toml leaves this file out there.
import { deepEqual, equal, ok } from "node:assert/strict";
import plugin from "../../tools/lint_plugin.ts";
import { test } from "../harness.ts";

/** The rules that complain, once per complaint, in order. */
function complaints(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map(({ id }) => id.replace("sluice/", ""));
}

function messages(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map(({ message }) => message);
}

for (const layer of ["source", "expr", "model", "check", "plan", "schedule", "run"]) {
  test(`pure-core watches core/${layer}`, () => {
    deepEqual(complaints(`core/${layer}/x.ts`, "export const now: number = Date.now();"), [
      "pure-core",
    ]);
  });
}

for (
  const impure of [
    "new Date()",
    "Date()",
    "Math.random()",
    "crypto.randomUUID()",
    "performance.now()",
    "setTimeout(f, 1)",
    "setInterval(f, 1)",
    "queueMicrotask(f)",
    'fetch("x")',
    "Temporal.Now.instant()",
    "globalThis.crypto",
    "globalThis.fetch",
    "process.env",
    "new Date(0).toLocaleDateString()",
    "new Date(0).getTimezoneOffset()",
    "new Date(0).getHours()",
  ]
) {
  test(`pure-core refuses ${impure}`, () => {
    deepEqual(complaints("core/run/x.ts", `${impure};`), ["pure-core"]);
  });
}

test("pure-core refuses modules of the runtime", () => {
  deepEqual(complaints("core/expr/x.ts", 'import { hash } from "node:crypto";'), ["pure-core"]);
  deepEqual(complaints("core/expr/x.ts", 'import { file } from "bun:sqlite";'), ["pure-core"]);
});

test("pure-core refuses the runtime and the console, as the rules for every folder do", () => {
  deepEqual(complaints("core/run/x.ts", "Deno.cwd();").sort(), [
    "pure-core",
    "runtime-in-platform",
  ]);
  deepEqual(complaints("core/run/x.ts", "console.log(1);").sort(), ["console-in-cli", "pure-core"]);
});

for (
  const pure of [
    "new Date(at)",
    "Date.UTC(2026, 0, 1)",
    "Date.parse(text)",
    "new Date(at).getUTCHours()",
    "Math.floor(1.5)",
    "clock.now()",
    'import { z } from "zod"',
    "// Date.now() in a comment",
    '"Date.now()"',
  ]
) {
  test(`pure-core allows ${pure}`, () => {
    deepEqual(complaints("core/run/x.ts", `${pure};`), []);
  });
}

test("pure-core leaves the rim alone", () => {
  deepEqual(complaints("core/engine/x.ts", "Date.now(); setTimeout(f, 1);"), []);
  deepEqual(complaints("stages/x.ts", 'import "node:path";'), []);
});

test("runtime-in-platform refuses Deno and Bun in plugins, and in disguise", () => {
  deepEqual(complaints("plugins/x.ts", "Deno.exit(1);"), ["runtime-in-platform"]);
  deepEqual(complaints("stages/x.ts", "Bun.file(1);"), ["runtime-in-platform"]);
  deepEqual(complaints("cli/x.ts", "globalThis.Deno;"), ["runtime-in-platform"]);
});

test("runtime-in-platform allows them where they belong", () => {
  for (const path of ["platform/deno.ts", "tests/x_test.ts", "tools/x.ts", "bench/x.ts"]) {
    deepEqual(complaints(path, "Deno.exit(1);"), [], path);
  }
});

test("console-in-cli lets only the command and the tools print", () => {
  deepEqual(complaints("core/engine/x.ts", 'console.error("x");'), ["console-in-cli"]);
  deepEqual(complaints("stages/x.ts", "console.log(1);"), ["console-in-cli"]);
  for (const path of ["cli/run.ts", "cli.ts", "tools/x.ts", "bench/x.ts", "tests/x_test.ts"]) {
    deepEqual(complaints(path, "console.log(1);"), [], path);
  }
});

test("the rules for what others call and read leave the tests alone", () => {
  const source = 'export function f(a: 1, b: 2, c: 3): void { throw new Error("not so good."); }';
  deepEqual(complaints("tests/run/scenario.ts", source), []);
  equal(complaints("core/run/scenario.ts", source).length, 3);
});

test("two-parameters refuses a third positional parameter", () => {
  for (
    const source of [
      "export function f(a: 1, b: 2, c: 3): void {}",
      "export async function f(a: 1, b: 2, c: 3): Promise<void> {}",
      "export const f = (a: 1, b: 2, c: 3): void => {};",
      "export function f(a: 1, b: 2, c: 3, options: 4): void {}",
    ]
  ) deepEqual(complaints("core/x.ts", source), ["two-parameters"], source);
});

test("two-parameters allows options as the third, and anything inside a module", () => {
  for (
    const source of [
      "export function f(a: 1, b: 2): void {}",
      "export function f(a: 1, b: 2, options: O): void {}",
      "export function f(a: 1, b: 2, options: O = {}): void {}",
      "export function f(a: 1, b: 2, { c }: O = {}): void {}",
      "export function f(a: 1, b: 2, runOptions: O): void {}",
      "function f(a: 1, b: 2, c: 3): void {}",
    ]
  ) deepEqual(complaints("core/x.ts", source), [], source);
});

for (
  const [message, fault] of [
    ['"cannot load the file"', "starts with a capital or a value"],
    ['"Cannot load the file."', "has no final period"],
    ['"Can\'t load the file"', "has no contraction"],
    ['"The file doesn’t exist"', "has no contraction"],
    ['"It\'s too late"', "has no contraction"],
    ["`cannot load ${file}`", "starts with a capital or a value"],
    ["`Cannot load ${file}.`", "has no final period"],
    ['"cannot load " + file', "starts with a capital or a value"],
    ['"Cannot load " + file + " now."', "has no final period"],
  ] as const
) {
  test(`error-message: ${message} ${fault}`, () => {
    deepEqual(messages("stages/x.ts", `throw new StageError(${message});`), [
      `An error message ${fault}`,
    ]);
  });
}

for (
  const call of [
    'new StageError("Cannot load the file")',
    "new StageError(`Cannot load ${file}`)",
    "new StageError(`${file} has no such line`)",
    'new StageError("\\"load\\" has no such line")',
    'new StageError("The job\'s needs are unknown")',
    'new JournalError("busy", "Another process writes this run")',
    'new JournalError("busy", message)',
    'new HostError("ENOENT", `Cannot find ${path}`, { cause })',
    "new StageError(message)",
    'new Fault("cannot load.")',
  ]
) {
  test(`error-message allows ${call}`, () => {
    deepEqual(complaints("stages/x.ts", `throw ${call};`), []);
  });
}

test("error-message looks at the message, not at the code before it", () => {
  deepEqual(complaints("stages/x.ts", 'new JournalError("busy", "another process writes");'), [
    "error-message",
  ]);
});

test("assertion refuses `as`, but not `as const` or a renamed import", () => {
  deepEqual(complaints("core/x.ts", "export const a: A = b as A;"), ["assertion"]);
  deepEqual(complaints("core/x.ts", "export const a = [1] as const;"), []);
  deepEqual(complaints("core/x.ts", 'import { a as b } from "./a.ts";'), []);
  deepEqual(complaints("core/x.ts", "export const a = b satisfies A;"), []);
});

test("non-null refuses `!` outside tests", () => {
  deepEqual(complaints("core/x.ts", "export const a: A = b!;"), ["non-null"]);
  deepEqual(complaints("tests/x_test.ts", "export const a: A = b!;"), []);
});

test("a rule gives a hint and the place", () => {
  const source = "export const a: A = b!;";
  const [diagnostic] = Deno.lint.runPlugin(plugin, "core/x.ts", source);
  ok(diagnostic?.hint);
  equal(source.slice(...diagnostic.range), "b!");
});
