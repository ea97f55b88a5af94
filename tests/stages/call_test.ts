import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { viewOf } from "../../core/expr/view.ts";
import type { Outputs } from "../../core/plugin/stage_kind.ts";
import { call } from "../../stages/call.ts";
import { test } from "../harness.ts";
import { problemsIn } from "./expand_stage.ts";
import { type Facts, FakeAttempt } from "./fake_attempt.ts";

const CALLERS = fileURLToPath(new URL("../callers", import.meta.url));

function attemptOf(uses: string, given?: ValueObject, facts: Partial<Facts> = {}): FakeAttempt {
  const input = { uses, ...(given && { with: given }) };
  return new FakeAttempt({
    input,
    hostEnv: { WORKFLOW_CORE_REGISTRY_CALLER: CALLERS },
    cwd: CALLERS,
    ...facts,
  });
}

function calling(uses: string, given?: ValueObject, facts?: Partial<Facts>): Promise<Outputs> {
  return attemptOf(uses, given, facts).run(call());
}

test("call hands its arguments to the function and has what it returns", async () => {
  const attempt = attemptOf("tasks/simple-task@demo", { source: "src", sink: "sink" });
  assert.deepEqual(await attempt.run(call()), { records: 1 });
  assert.deepEqual(attempt.lines, ["stdout: From src to sink"]);
});

test("call waits for a function that is asynchronous", async () => {
  const given = { source: "src", sink: "sink" };
  assert.deepEqual(await calling("tasks/simple-task-async@demo", given), { records: 1 });
});

test("call tells the tags of a function apart", async () => {
  for (const tag of ["demo", "demo2"]) {
    assert.deepEqual(await calling(`tasks/get-items@${tag}`), { items: [1, 2, 3, 4] });
  }
});

test("call hands over the attempt and the extras", async () => {
  const { input, result, extras } = await calling("behaviours/echo@latest", { a: 1 }, {
    names: { extras: { team: "etl" } },
  });
  assert.deepEqual(input, { a: 1 });
  assert.deepEqual(result, { runId: "r", key: "r/main[]/s#1", attempt: 1 });
  assert.deepEqual(extras, { team: "etl" });
});

test("call feeds a parameter with an underscore by its name without", async () => {
  const given = { exec: "go", params: { a: 1 } };
  assert.deepEqual(await calling("tasks/private-args-task@demo", given), given);
});

test("call names all that is required when something is missing", async () => {
  await assert.rejects(calling("tasks/private-args-task@demo", { params: { a: 1 } }), {
    name: "ValueError",
    message:
      "Necessary params, (_exec, params, ), does not set to args. It already set ['params'].",
  });
});

test("call refuses an argument of the wrong type", async () => {
  await assert.rejects(calling("tasks/simple-task@demo", { source: 1, sink: "s" }), {
    name: "StageError",
    message: /^Validate argument from the caller function raise invalid type\. "source": /,
    retryable: false,
  });
});

test("call refuses an argument that the function does not take", async () => {
  await assert.rejects(calling("tasks/simple-task@demo", { source: "a", sink: "b", snik: "c" }), {
    name: "TypeError",
    message: 'Function "simple-task@demo" takes no argument "snik"; did you mean "sink"?',
  });
  await assert.rejects(calling("tasks/get-items@demo", { a: 1 }), { name: "TypeError" });
});

test("call hands over further arguments where the function takes any", async () => {
  const given = { args1: "foo", args2: "p", args3: { name: "n", data: {} }, more: 1 };
  assert.deepEqual(await calling("tasks/gen-type@demo", given), {
    name: "foo",
    data: { key: "value" },
  });
});

test("call hands over date-times as what the function asks for", async () => {
  const moment = new Datetime(0, { offsetMinutes: 0 });
  const all = { date: true, datetime: true, nested: true };
  for (const given of [moment, "1970-01-01T00:00:00Z"]) {
    const nested = { since: moment };
    assert.deepEqual(
      await calling("behaviours/dates@latest", { date: given, datetime: given, nested }),
      all,
    );
  }
});

test("call hands over plain data in place of what looks into the run", async () => {
  const view = viewOf(() => ["a"], () => [viewOf(() => ["b"], () => 1)]);
  const { input } = await calling("behaviours/echo@latest", { view });
  assert.deepEqual(input, { view: { a: [{ b: 1 }] } });
});

test("call fails with the class of what the function throws", async () => {
  const thrown = [
    ["class", "QuotaError", "The quota is used up"],
    ["name", "RangeError", "Out of range"],
    ["text", "Error", "text"],
  ] as const;
  for (const [how, name, message] of thrown) {
    await assert.rejects(calling("behaviours/fails@latest", { how }), {
      name,
      message,
      retryable: true,
    });
  }
  await assert.rejects(calling("behaviours/fails@latest", { how: "skip" }), { outcome: "skipped" });
});

test("call refuses what is no mapping", async () => {
  await assert.rejects(calling("tasks/return-type-not-valid@raise"), {
    name: "TypeError",
    message: /^Return type: 'return-type-not-valid@raise' can not serialize/,
  });
  for (const what of ["array", "map", "date", "datetime"]) {
    await assert.rejects(calling("behaviours/returns@latest", { what }), { name: "TypeError" });
  }
  for (const what of ["bare", "model", "nothing"]) {
    await calling("behaviours/returns@latest", { what });
  }
});

test("call reads what the function returns by its output schema", async () => {
  assert.deepEqual(await calling("behaviours/checked@latest", { records: 2 }), { records: 4 });
  await assert.rejects(calling("behaviours/checked@latest", { records: "two" }), {
    name: "TypeError",
    message: /^Return value of 'checked@latest' does not fit its output schema: "records"/,
  });
});

test("call refuses a uses of another form", async () => {
  const wrong = [
    "tasks-foo-bar",
    "tasks/get-items",
    "tasks/@demo",
    "/get-items@demo",
    "../tasks/get-items@demo",
    "..%2ftasks/get-items@demo",
    "a..b/get-items@demo",
    "tasks\0/get-items@demo",
    "/etc/get-items@demo",
  ];
  for (const uses of wrong) {
    await assert.rejects(calling(uses), { name: "ValueError", retryable: false }, uses);
  }
});

test("call says what it cannot find", async () => {
  const missing = [
    ["tasks/abc@foo", "`REGISTERS.tasks.registries` not implement registry: 'abc'."],
    [
      "tasks/get-itms@demo",
      "`REGISTERS.tasks.registries` not implement registry: 'get-itms'. Did you mean \"get-items\"?",
    ],
    [
      "tasks/get-items@v9",
      "tag: 'v9' not found on registry func: `REGISTERS.tasks.registries.get-items`. " +
      'Its tags are "demo", "demo2"',
    ],
    [
      "none/abc@foo",
      "`REGISTERS.none.registries` not implement registry: 'abc'. " +
      `There is no module "none" in "${CALLERS}"`,
    ],
  ] as const;
  for (const [uses, message] of missing) {
    await assert.rejects(calling(uses), { name: "NotImplementedError", message });
  }
});

test("call finds functions in all files of a folder, and in folders of folders", async () => {
  assert.deepEqual(await calling("pair/first@latest"), { from: "one" });
  assert.deepEqual(await calling("pair/second@latest"), { from: "two" });
  assert.deepEqual(await calling("pair.two/second@latest"), { from: "two" });
  assert.deepEqual(await calling("mock_tests.mock_tasks/get-info@v1"), { "get-info": "success" });
});

test("call refuses two functions of one name and tag", async () => {
  await assert.rejects(calling("pair/twin@latest"), {
    name: "ValueError",
    message: /^Two functions are called "twin@latest", in ".*one\.ts" and in ".*two\.ts"/,
  });
});

test("call looks in each folder that the settings name, and in the working directory", async () => {
  const hostEnv = { WORKFLOW_CORE_REGISTRY_CALLER: "nowhere, mock_tests ,." };
  for (const uses of ["mock_tasks/get-info@v1", "tasks/get-items@demo"]) {
    await calling(uses, undefined, { hostEnv });
  }
  await calling("tasks/get-items@demo", undefined, { hostEnv: {} });
});

test("call looks in the folders that the extras name instead", async () => {
  for (const folders of [["mock_tests"], "nowhere,mock_tests"]) {
    const names = { extras: { registry_caller: folders } };
    assert.deepEqual(await calling("mock_tasks/get-info@v1", undefined, { names }), {
      "get-info": "success",
    });
    await assert.rejects(calling("tasks/get-items@demo", undefined, { names }), {
      name: "NotImplementedError",
    });
  }
});

test("call refuses extras that name a folder outside of the working directory", async () => {
  const cwd = join(CALLERS, "mock_tests");
  const outside: readonly Value[] = ["..", [".."], "/", CALLERS, "../pair", { a: 1 }, [1]];
  for (const folders of outside) {
    const names = { extras: { registry_caller: folders } };
    await assert.rejects(calling("tasks/get-items@demo", undefined, { names, cwd }), {
      name: "ValueError",
    }, JSON.stringify(folders));
  }
});

test("call refuses a link that leads out of its registry folder", async () => {
  const root = mkdtempSync(join(tmpdir(), "callers-"));
  try {
    mkdirSync(join(root, "in"));
    symlinkSync(join(CALLERS, "tasks.ts"), join(root, "in", "file.ts"));
    symlinkSync(join(CALLERS, "pair"), join(root, "in", "folder"));
    symlinkSync(join(root, "in"), join(root, "linked"));
    const hostEnv = { WORKFLOW_CORE_REGISTRY_CALLER: join(root, "linked") };
    for (const uses of ["file/get-items@demo", "folder/first@latest"]) {
      await assert.rejects(calling(uses, undefined, { hostEnv }), {
        name: "ValueError",
        message: /leads out of/,
      });
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("call says why a module does not load", async () => {
  const root = mkdtempSync(join(tmpdir(), "callers-"));
  try {
    writeFileSync(join(root, "broken.ts"), 'throw new Error("No database here");\n');
    const hostEnv = { WORKFLOW_CORE_REGISTRY_CALLER: root };
    await assert.rejects(calling("broken/a@b", undefined, { hostEnv }), {
      name: "ImportError",
      message: /broken\.ts": No database here$/,
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("call hides secrets in what is printed, returned and thrown", async () => {
  const given = { token: "s3cret-s3cret", note: "It is s3cret-s3cret" };
  const attempt = attemptOf("behaviours/login@latest", given);
  assert.deepEqual(await attempt.run(call()), {
    length: 13,
    header: ["Bearer ***"],
    note: "It is ***",
  });
  assert.deepEqual(attempt.lines, ["stdout: Using ***"]);
  await assert.rejects(calling("behaviours/login@latest", { ...given, fail: true }), {
    message: "Bad token ***",
  });
});

test("call takes what stands for a missing variable, and a few letters, for no secret", async () => {
  for (const token of ["null", "abc", ""]) {
    const { header } = await calling("behaviours/login@latest", { token });
    assert.deepEqual(header, [`Bearer ${token}`]);
  }
});

test("call lets a function end when it is cancelled", async () => {
  const attempt = attemptOf("behaviours/waits@latest");
  const running = attempt.run(call());
  await attempt.printed;
  attempt.controller.abort(new Error("Enough"));
  await assert.rejects(running, { message: "I saw it" });
});

test("call leaves a function behind that does not watch its signal", async () => {
  const attempt = attemptOf("behaviours/hangs@latest", undefined, { sleeps: false });
  const running = attempt.run(call());
  await attempt.printed;
  attempt.controller.abort(new Error("Enough"));
  await assert.rejects(running, { message: "Enough" });
});

test("call begins nothing that was cancelled before", async () => {
  const attempt = attemptOf("behaviours/hangs@latest");
  attempt.controller.abort(new Error("Enough"));
  await assert.rejects(attempt.run(call()), { message: "Enough" });
  assert.deepEqual(attempt.lines, []);
});

test("call refuses arguments that every function is handed", () => {
  for (const name of ["result", "extras"]) {
    const problems = problemsIn(call(), `name: t\nuses: a/b@c\nwith: {${name}: 1}`);
    assert.deepEqual(problems, [
      `"${name}" cannot be an argument: every function is handed it anyway`,
    ]);
  }
});

test("call in a dry run finds the function and reads its arguments, and does not call it", async () => {
  const rehearsed = (uses: string, given: ValueObject) => {
    const kind = call();
    const attempt = attemptOf(uses, given);
    return { attempt, run: attempt.run({ ...kind, execute: kind.rehearse! }) };
  };
  const { attempt, run } = rehearsed("tasks/simple-task@demo", { source: "src", sink: "sink" });
  assert.deepEqual(await run, {});
  assert.deepEqual(attempt.lines, [
    'stdout: Dry run: "simple-task@demo" (source, sink, conversion) is not called',
  ]);
  await assert.rejects(rehearsed("tasks/nobody@demo", {}).run, { name: "NotImplementedError" });
  await assert.rejects(rehearsed("tasks/simple-task@demo", {}).run, { name: "ValueError" });
});
