import assert from "node:assert/strict";
import fc from "fast-check";
import { Datetime } from "../../core/expr/datetime.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { script } from "../../stages/script/script.ts";
import { hostileTexts } from "../embed/filling.ts";
import { test } from "../harness.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";

const kind = script();

function python(run: string, surroundings: Surroundings = {}, vars?: ValueObject) {
  const input = { run, ...(vars && { vars }) };
  return carryOut(kind, input, { ...surroundings, scriptLang: "python" });
}

async function outputs(run: string, surroundings?: Surroundings, vars?: ValueObject) {
  return (await python(run, surroundings, vars)).outputs;
}

test("Python has the names it assigns as outputs, but no classes and modules", async () => {
  assert.deepEqual(
    await outputs(`
      from enum import IntEnum
      from os.path import join
      import time as clock

      class Rank(IntEnum):
        first: 1
        second: 2

      def check_rank(num: int) -> Rank:
        if num in Rank:
          return Rank(num)

      __hidden__ = 1
      x: int = 1
    `),
    { join: "join", check_rank: "check_rank", x: 1 },
  );
});

test("Python has vars as names, which are outputs once they are assigned", async () => {
  const { outputs, lines } = await python(
    `print(f'Receive x from above with {x}')

# Change x value
x: int = 1
trace = result.gen_trace()
trace.info("Log from result object inside PyStage!!!")`,
    {},
    { x: 1, y: 2 },
  );
  assert.deepEqual(outputs, { x: 1 });
  assert.deepEqual(lines, [
    "Receive x from above with 1",
    "Log from result object inside PyStage!!!",
  ]);
});

test("Python lets vars hide a context name in its own code only", async () => {
  const names = { params: { x: 1 } };
  assert.deepEqual(await outputs("y = params", { names }, { params: { hacked: 1 } }), {
    y: { hacked: 1 },
  });
  assert.deepEqual(names, { params: { x: 1 } });
});

test("Python adds what is assigned to result.outputs, and may use the name otherwise", async () => {
  assert.deepEqual(await outputs('p = [1]\nresult.outputs = {"partitions": p, "p": 2}'), {
    p: 2,
    partitions: [1],
  });
  assert.deepEqual(await outputs("result: str = 'success'"), { result: "success" });
  assert.deepEqual(
    await outputs("attempt = context.get('attempt', 1)\nresult = 2 ** (attempt - 1)", {
      attempt: 3,
    }),
    { attempt: 3, result: 4 },
  );
});

test("Python knows what the reference's code need not import", async () => {
  const code = `
    a = datetime.now() is not None, json.dumps([1]), Path("/a") / "b", time.time() > 0
    b = len(str(uuid.uuid4())), subprocess.run(["true"]).returncode, dedent(" x"), SUCCESS
    def late():
      return copy.copy([1])
    c = late()
  `;
  assert.deepEqual(await outputs(code), {
    a: [true, "[1]", "/a/b", true],
    b: [36, 0, "x", "SUCCESS"],
    late: "late",
    c: [1],
  });
});

test("Python takes a plain number for one, as when it was pasted, and other text for text", async () => {
  const texts = {
    a: "1",
    b: "0.1",
    c: "1.0",
    d: "01",
    e: "1e3",
    f: "12345678901234567890",
    g: "x",
    h: "-5",
    i: "1_0",
    j: "nan",
  };
  const code = Object.keys(texts).map((name) => `${name} = type(\${{ ${name} }}).__name__`).join(
    "\n",
  );
  assert.deepEqual(await outputs(code, { names: texts }), {
    a: "int",
    b: "float",
    c: "float",
    d: "str",
    e: "str",
    f: "int",
    g: "str",
    h: "int",
    i: "str",
    j: "str",
  });
  assert.deepEqual(await outputs("x = '${{ a }}', \"${{ b }}\"", { names: texts }), {
    x: ["1", "0.1"],
  });
});

test("Python keeps types both ways", async () => {
  const names = {
    at: new Datetime(1_704_164_645_678, { offsetMinutes: 420 }),
    naive: new Datetime(0),
    day: new Datetime(0, { kind: "date" }),
    tagged: { "$datetime": "no time" },
    infinite: Infinity,
  };
  const code = `
    import decimal, dataclasses, enum
    at = \${{ at }}; naive = \${{ naive }}; day = \${{ day }}; tagged = \${{ tagged }}
    infinite = \${{ infinite }}
    kinds = [type(x).__name__ for x in (at, naive, day)]
    later = at.replace(microsecond=999999)
    @dataclasses.dataclass
    class Point:
      x: int
      at: object
    class Color(enum.Enum):
      RED = "red"
    odd = [(1, {2}), b"\\xff", decimal.Decimal("1.50"), Point(1, day), Color.RED, 2 ** 70, {1: None},
      "\\ud800", float("nan"), len]
  `;
  const result = await outputs(code, { names });
  assert.deepEqual(result["kinds"], ["datetime", "datetime", "date"]);
  for (const [name, value] of Object.entries(names)) assert.deepEqual(result[name], value, name);
  assert.deepEqual(result["later"], new Datetime(1_704_164_645_999, { offsetMinutes: 420 }));
  assert.deepEqual(result["odd"], [
    [1, [2]],
    "\ufffd",
    "1.50",
    { x: 1, at: names.day },
    "red",
    "1180591620717411303424",
    { "1": null },
    "\ud800",
    NaN,
    "len",
  ]);
});

test("Python fails with the class and text of what is raised", async () => {
  const raised = async (code: string) => {
    const { name, message, outcome } = await failure(python(code));
    return [name, message, outcome];
  };
  assert.deepEqual(await raised("raise ValueError('Testing raise error inside PyStage!!!')"), [
    "ValueError",
    "Testing raise error inside PyStage!!!",
    "failed",
  ]);
  assert.deepEqual(await raised("raise NotImplementedError()"), [
    "NotImplementedError",
    "",
    "failed",
  ]);
  assert.deepEqual(await raised("raise StageCancelError('c')"), [
    "StageCancelError",
    "c",
    "cancelled",
  ]);
  assert.deepEqual(await raised("raise StageSkipError('s')"), ["StageSkipError", "s", "skipped"]);
  assert.deepEqual((await raised("x = "))[0], "SyntaxError");
  assert.deepEqual(await raised("undefined_name"), [
    "NameError",
    "name 'undefined_name' is not defined",
    "failed",
  ]);
});

test("Python shows where an error is, from the script's own first line on", async () => {
  const lines: string[] = [];
  await failure(
    python("def f():\n  raise ValueError('x')\n\nf()", { onPrint: (line) => lines.push(line) }),
  );
  const text = lines.join("\n");
  assert.match(text, /File "<run>", line 4, in <module>\n {4}f\(\)/);
  assert.doesNotMatch(text, /in run\n/);
});

test("Python may leave by sys.exit()", async () => {
  assert.deepEqual(await outputs("x = 1\nimport sys\nsys.exit(0)\ny = 2"), { x: 1 });
  const { name, message } = await failure(python("sys.exit('no disk')"));
  assert.deepEqual([name, message], ["SystemExit", "no disk"]);
  assert.match((await failure(python("import os; os._exit(4)"))).message, /exit code 4 before/);
});

test("Python prints lines and reads an empty standard input", async () => {
  const { lines } = await python(`
    import sys
    print("one", flush=True); print("err", file=sys.stderr)
    print(repr(sys.stdin.read()))
    subprocess.run(["echo", "child"])
    sys.stdout.write("part")
  `);
  assert.deepEqual(lines.filter((line) => !line.startsWith("!")), ["one", "''", "child", "part"]);
});

test("Python keeps its report though the script closes or replaces its streams", async () => {
  const code = "import io\nsys.stdout.close()\nsys.stdout = io.StringIO()\nprint('lost')\nx = 1";
  assert.deepEqual(await outputs(code), { x: 1 });
});

test("Python sees the declared environment", async () => {
  const code = "import os\nx = os.environ['A'], env['A'], 'SLUICE' in os.environ";
  assert.deepEqual(await outputs(code, { env: { A: "b" } }), { x: ["b", "b", false] });
});

test("Python refuses outputs that could pollute, or are too deep", async () => {
  assert.match((await failure(python("x = {'a': {'__proto__': 1}}"))).message, /"__proto__"/);
  assert.match((await failure(python("x = []\nx.append(x)"))).message, /deeper than 64/);
});

test("Python hands over any text unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (values) => {
      const names = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
      const code = values.map((_, index) => `str(\${{ v${index} }}), '${"${{ v"}${index} }}'`).join(
        ", ",
      );
      const result = await outputs(`seen = [${code}]`, { names });
      assert.deepEqual(result["seen"], values.flatMap((value) => [value, value]));
    }),
    { numRuns: 4 },
  );
});
