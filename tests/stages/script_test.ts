import assert from "node:assert/strict";
import { z } from "zod";
import { Datetime } from "../../core/expr/datetime.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { script } from "../../stages/script/script.ts";
import { hostileTexts } from "../embed/filling.ts";
import { test } from "../harness.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";
import fc from "fast-check";

const kind = script();

function ts(run: string, surroundings?: Surroundings, vars?: ValueObject) {
  return carryOut(kind, { run, lang: "ts", ...(vars && { vars }) }, surroundings);
}

async function outputs(run: string, surroundings?: Surroundings, vars?: ValueObject) {
  return (await ts(run, surroundings, vars)).outputs;
}

test("script has what a module exports as outputs, but no classes", async () => {
  assert.deepEqual(
    await outputs(`
      interface Row { readonly id: number }
      export const rows: Row[] = [{ id: 1 }], name = "x";
      export function total(): number { return 1 }
      export class Hidden {}
      export default 5;
      const own = 1;
    `),
    { rows: [{ id: 1 }], name: "x", total: "total", default: 5 },
  );
});

test("script tells whoever returns something to export it", async () => {
  const printed: string[] = [];
  const { message } = await failure(
    ts("return { a: 1 };", { onPrint: (line) => printed.push(line) }),
  );
  assert.match(message, /^Illegal return.*; the code is a module: write "export const NAME = /);
  assert.deepEqual(printed.filter((line) => line.includes("runScript")), []);
});

test("script adds what is assigned to result.outputs", async () => {
  assert.deepEqual(await outputs("export const a = 1, b = 1; result.outputs = { b: 2, c: 3 };"), {
    a: 1,
    b: 2,
    c: 3,
  });
});

test("script sees params, matrix, env, context, attempt and its vars", async () => {
  const surroundings = {
    names: { params: { n: 1 }, matrix: { os: "linux" }, item: "i", secrets: { s: "x" } },
    env: { A: "b" },
    attempt: 2,
  };
  const code = `export const seen = [params.n, matrix.os, env.A, attempt, v, context.attempt,
    context.params.n, context.item, context.run_id, context.secrets];`;
  assert.deepEqual(await outputs(code, surroundings, { v: [1] }), {
    seen: [1, "linux", "b", 2, [1], 2, 1, "i", "run", null],
  });
});

test("script keeps types both ways", async () => {
  const names = {
    at: new Datetime(1_704_164_645_678, { offsetMinutes: 420 }),
    nothing: null,
    tagged: { "$datetime": "no time" },
    list: [1.5, true, "x"],
  };
  const code = `
    export const at = \${{ at }}, isDate = at instanceof Date, ms = at.getTime();
    export const same = [\${{ nothing }}, \${{ tagged }}, \${{ list }}, undefined];
    export const odd = [1n, 2n ** 70n, -0, NaN, new Map([["k", new Set([1])]]), new Uint8Array([7]),
      new URL("x:y"), Symbol("s"), /r/.source, new Error("e"), "\\ud800", new Date(NaN)];
  `;
  const result = await outputs(code, { names });
  assert.deepEqual(result["at"], new Datetime(1_704_164_645_678, { offsetMinutes: 0 }));
  assert.equal(result["isDate"], true);
  assert.equal(result["ms"], 1_704_164_645_678);
  assert.deepEqual(result["same"], [null, { "$datetime": "no time" }, [1.5, true, "x"], null]);
  assert.deepEqual(result["odd"], [
    1,
    "1180591620717411303424",
    -0,
    NaN,
    { k: [1] },
    [7],
    "x:y",
    null,
    "r",
    "Error: e",
    "\ud800",
    null,
  ]);
});

test("script prints lines, as they are, whether or not the last one is ended", async () => {
  const { lines } = await ts(
    "console.log('a\\n\\nb'); console.error('e'); console.log(''); await Deno.stdout.write(new TextEncoder().encode('part'));",
  );
  assert.deepEqual(lines.filter((line) => line !== "! e"), ["a", "", "b", "", "part"]);
  assert.deepEqual((await ts("console.log('x'); console.log('')")).lines, ["x", ""]);
  assert.deepEqual((await ts("export const a = 1")).lines, []);
});

test("script takes no report from what is printed", async () => {
  const forged = '{"ok":true,"outputs":{"a":"forged"}}';
  const { outputs, lines } = await ts(
    `console.log('sluice-00000000-0000-0000-0000-000000000000.${forged}'); export const a = 1;`,
  );
  assert.deepEqual(outputs, { a: 1 });
  assert.equal(lines.length, 1);
});

test("script fails with the class and message of what is thrown", async () => {
  const thrown = async (code: string) => {
    const { name, message, outcome } = await failure(ts(code));
    return [name, message, outcome];
  };
  assert.deepEqual(await thrown("throw new TypeError('not so')"), [
    "TypeError",
    "not so",
    "failed",
  ]);
  assert.deepEqual(await thrown("class MyError extends Error {}; throw new MyError('x')"), [
    "MyError",
    "x",
    "failed",
  ]);
  assert.deepEqual(
    await thrown("class StageSkipError extends Error {}; throw new StageSkipError('s')"),
    [
      "StageSkipError",
      "s",
      "skipped",
    ],
  );
  assert.deepEqual(await thrown("throw 'text'"), ["Error", "text", "failed"]);
  assert.deepEqual(
    (await thrown("setTimeout(() => { throw new RangeError('late') }, 1)"))[1],
    "late",
  );
  assert.deepEqual((await thrown("Promise.reject(new RangeError('lost'))"))[0], "RangeError");
});

test("script shows where an error is without the address of the code", async () => {
  const attempt = ts("const x = 1;\n\nfunction f() { throw new Error('here'); }\nf();");
  await failure(attempt);
  const lines: string[] = [];
  await failure(ts("\n\nthrow new Error('here')", { onPrint: (line) => lines.push(line) }));
  assert.match(lines.join("\n"), /Error: here\n\s+at run:3:7/);
  const js: string[] = [];
  const given = { run: "\n\nthrow new Error('here')", lang: "js" };
  await failure(carryOut(kind, given, { onPrint: (line) => js.push(line) }));
  assert.match(js.join("\n"), /^Error: here\n\s+at run:3:7$/);
  const { message } = await failure(ts("const = 1"));
  assert.doesNotMatch(message, /data:/);
});

test("script waits for timers before it takes the exports", async () => {
  assert.deepEqual(await outputs("export let a = 1; setTimeout(() => { a = 2 }, 5);"), { a: 2 });
});

test("script fails when it leaves before it is done", async () => {
  const { message } = await failure(ts("console.error('bye'); Deno.exit(0)"));
  assert.equal(message, "The script ended itself with exit code 0 before it was done:\nbye");
});

test("script gives TypeScript no permission", async () => {
  const attempts = [
    'await Deno.readTextFile("/etc/hostname")',
    'await import("file:///etc/hostname", { with: { type: "text" } })',
    'await import("node:fs").then((fs) => fs.readFileSync("/etc/hostname"))',
    'await fetch("http://127.0.0.1:8080")',
    'Deno.env.get("HOME")',
    'new Deno.Command("/usr/bin/id").outputSync()',
    'await Deno.writeTextFile("/tmp/x", "")',
  ];
  const codes = attempts.map((attempt) => `await denied(async () => ${attempt})`);
  const { outputs } = await ts(`
    async function denied(act) { try { await act(); return "allowed" } catch (e) { return e.message } }
    export const said = [${codes.join(",")}];
  `);
  for (const said of outputs["said"] as string[]) assert.match(said, /^Requires/);
  assert.match((await failure(ts('import "https://example.com/x"'))).message, /no-remote/);
  assert.match((await failure(ts('import "https://deno.land/x"'))).message, /no-remote/);
  assert.match((await failure(ts('import "npm:zod"'))).message, /no-npm/);
});

test("script refuses outputs that could pollute, or are too deep", async () => {
  const own = 'result.outputs = JSON.parse(\'{"a":{"__proto__":1}}\')';
  assert.match((await failure(ts(own))).message, /forbidden name "__proto__"/);
  assert.match((await failure(ts("export const a = {}; a.a = a;"))).message, /deeper than 64/);
});

test("script takes large outputs, within its bound", async () => {
  const result = await outputs("export const a = 'é\\n'.repeat(300_000);");
  assert.equal(result["a"], "é\n".repeat(300_000));
  const { message } = await failure(ts("export const a = 'x'.repeat(20_000_000);"));
  assert.match(message, /more than 16777216 characters/);
});

test("script ends when the stage is cancelled", async () => {
  const abort = new AbortController();
  const error = await failure(ts("console.log('ready'); setInterval(() => {}, 1000);", {
    signal: abort.signal,
    onPrint: () => abort.abort(new Error("Cancelled")),
  }));
  assert.equal(error.message, "Cancelled");
});

test("script hands any text to TypeScript unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (values) => {
      const names = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
      const code = values.map((_, index) => `\${{ v${index} }}, '${"${{ v"}${index} }}'`).join(
        ", ",
      );
      const result = await outputs(`export const seen = [${code}];`, { names });
      assert.deepEqual(result["seen"], values.flatMap((value) => [value, value]));
    }),
    { numRuns: 4 },
  );
});

test("script says what to install where there is no Deno", async () => {
  const error = await failure(ts("1", { host: new FakeHost() }));
  assert.match(error.message, /no "deno" in the engine's PATH; install Deno/);
  assert.equal(error.retryable, false);
});

test("script knows its languages by several names, and refuses other names", () => {
  const schema = z.object(kind.fields);
  for (const lang of ["ts", "typescript", "js", "javascript", "python", "py"]) {
    assert.ok(schema.safeParse({ run: "", lang }).success);
  }
  assert.equal(schema.safeParse({ run: "", lang: "ruby" }).success, false);
  assert.equal(schema.safeParse({ run: "", vars: { "a-b": 1 } }).success, false);
  assert.equal(schema.safeParse({ run: "", vars: { constructor: 1 } }).success, false);
  assert.deepEqual(kind.code?.({ lang: "py" }, "ts"), { run: "python" });
  assert.deepEqual(kind.code?.({}, "js"), { run: "js" });
});
