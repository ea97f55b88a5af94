import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Datetime } from "../../core/expr/datetime.ts";
import { openHost } from "../../platform/mod.ts";
import { virtualPython } from "../../stages/virtual_python.ts";
import { test } from "../harness.ts";
import { problemsIn } from "./expand_stage.ts";
import { type Facts, FakeAttempt } from "./fake_attempt.ts";

function attemptOf(input: Facts["input"], facts: Partial<Facts> = {}): FakeAttempt {
  return new FakeAttempt({ input, programs: ["uv"], hostEnv: { PATH: "/bin" }, ...facts });
}

test("virtual_python has uv run the script with its packages", async () => {
  const attempt = attemptOf({ deps: ["requests>=2,<3", "numpy"], run: "print(1)" }, {
    env: { A: "1" },
    spawn: (_, { onLine }) => {
      onLine?.("stdout", "1");
      return { stdout: "1\n" };
    },
  });
  assert.deepEqual(await attempt.run(virtualPython()), {
    return_code: 0,
    stdout: "1",
    stderr: null,
  });
  assert.deepEqual(attempt.lines, ["stdout: 1"]);
  const [{ command, args, env } = { command: "" }] = attempt.spawned;
  assert.equal(command, "uv");
  assert.deepEqual(args, ["run", "--quiet", "--no-project", "/scratch/launch.py"]);
  assert.deepEqual(env, { PATH: "/bin", A: "1", PYTHONUNBUFFERED: "1" });
  assert.equal(attempt.files.get("/scratch/script.py"), "print(1)");
  assert.ok(
    attempt.files.get("/scratch/launch.py")?.startsWith(
      '# /// script\n# dependencies = ["requests>=2,<3", "numpy"]\n# ///\n',
    ),
  );
});

test("virtual_python asks for the version of Python", async () => {
  const attempt = attemptOf({ deps: [], version: ">=3.11", run: "" });
  await attempt.run(virtualPython());
  assert.ok(attempt.spawned[0]?.args?.includes("--python=>=3.11"));
});

test("virtual_python says that uv is missing", async () => {
  const attempt = attemptOf({ deps: [], run: "" }, { programs: ["python3"] });
  await assert.rejects(attempt.run(virtualPython()), {
    message: /"uv" is not installed/,
    retryable: false,
  });
  assert.deepEqual(attempt.spawned, []);
});

test("virtual_python fails with what Python says and the script, without its values", async () => {
  const attempt = attemptOf({ deps: [], run: "print(${{ params.token }})" }, {
    names: { params: { token: "s3cret" } },
    spawn: () => ({ exitCode: 1, stderr: "ValueError: no\n" }),
  });
  await assert.rejects(attempt.run(virtualPython()), {
    name: "StageError",
    message: "Subprocess: ValueError: no\nRunning Statement:\n---\n" +
      "```python\nprint(SLUICE_VALUE_1)\n```",
    details: { return_code: 1, stdout: null, stderr: "ValueError: no" },
  });
});

test("virtual_python reports what is written wrongly", () => {
  const stage = (deps: string, further = "") =>
    `name: v\nrun: print(1)\ndeps: ${deps}\n${further}`.trim();
  assert.deepEqual(problemsIn(virtualPython(), stage("[numpy]", 'version: "3.12"')), []);
  const wrong = [
    stage('["--index-url=x"]'),
    stage('["a\\nb"]'),
    stage("numpy"),
    stage("[a]", "version: 3.10"),
    stage("[a]", 'version: "3.12; rm"'),
    stage("[a]", "vars: {1a: 1}"),
  ];
  for (const yaml of wrong) assert.notDeepEqual(problemsIn(virtualPython(), yaml), [], yaml);
});

test("virtual_python hands over its values with their types", async () => {
  const host = openHost();
  if (await host.which("python3") === undefined) return; // Nothing here could read the script.
  const attempt = attemptOf({
    deps: [],
    run: "from __future__ import annotations\n" +
      "import datetime, math\n" +
      "moment = datetime.timezone(datetime.timedelta(hours=7))\n" +
      "assert ${{ moment }} == datetime.datetime(1970, 1, 1, 7, tzinfo=moment)\n" +
      "assert ${{ day }} == datetime.date(1970, 1, 1)\n" +
      "assert ${{ list }} == [1, None, True, 1.5, {'$datetime': 'x'}]\n" +
      "assert math.isinf(${{ infinity }}) and '${{ text }}' == text\n" +
      "print(__name__)",
    vars: { text: `a'b"\n\${x}` },
  }, {
    names: {
      moment: new Datetime(0, { offsetMinutes: 420 }),
      day: new Datetime(0, { kind: "date" }),
      list: [1, null, true, 1.5, { $datetime: "x" }],
      infinity: Infinity,
      text: `a'b"\n\${x}`,
    },
  });
  await attempt.run(virtualPython());
  const folder = mkdtempSync(join(tmpdir(), "python-"));
  try {
    for (const [path, text] of attempt.files) writeFileSync(join(folder, basename(path)), text);
    const args = [join(folder, "launch.py")];
    const { stdout, stderr } = await host.spawn("python3", { args, env: host.env() });
    assert.deepEqual([stdout, stderr], ["__main__\n", ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
