import assert from "node:assert/strict";
import fc from "fast-check";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";
import { fillerOf, hostileTexts, problems, run } from "./filling.ts";

const host = openHost();
const fill = fillerOf("python");

const REFERENCES: readonly (readonly [string, string])[] = [
  ["time.sleep(${{ a }})", "time.sleep(V1)"],
  ["x = '${{ a }}'", "x = f'{V1}'"],
  ['x = "a {b} ${{ a }}"', 'x = f"a {{b}} {V1}"'],
  ["x = f'{y} ${{ a }}'", "x = f'{y} {V1}'"],
  ["x = f\"{d['${{ a }}']}\"", "x = f\"{d[f'{V1}']}\""],
  ["x = f'{y + ${{ a }}:>${{ b }}}'", "x = f'{y + V1:>{V2}}'"],
  ["x = f'{y!r} {z!=1} {{ ${{ a }} }}'", "x = f'{y!r} {z!=1} {{ {V1} }}'"],
  [
    'x = f\'{ {"a": 1}["a"] } {(lambda: 1)()} ${{ a }}\'',
    'x = f\'{ {"a": 1}["a"] } {(lambda: 1)()} {V1}\'',
  ],
  ["x = f'{${{ a }}}'", "x = f'{V1}'"],
  ["x = r'\\d{3} ${{ a }}'", "x = rf'\\d{{3}} {V1}'"],
  ['x = R"\\${{ a }}"', 'x = Rf"\\{V1}"'],
  ["x = u'${{ a }}'", "x = f'{V1}'"],
  ["x = '''a\n{'${{ a }}'}\n'''", "x = f'''a\n{{'{V1}'}}\n'''"],
  ["x = '\\N{DASH} {\\'} \\\\${{ a }}'", "x = f'\\N{DASH} {{\\'}} \\\\{V1}'"],
  ["x = '\\${{ a }}'", "x = f'\\\\{V1}'"],
  ["x = b'a ${{ a }}'", "x = (b'a '+V1.encode()+b'')"],
  ['x = rb"""${{ a }}"""', 'x = (rb""""""+V1.encode()+rb"""""")'],
  ["x = ('a' 'b ${{ a }}' \"c\")", "x = ('a' f'b {V1}' \"c\")"],
  ["# it's ${{ a }}\nx = '# ${{ b }}' # ${{ c }}", "# it's ${{ a }}\nx = f'# {V2}' # ${{ c }}"],
  ["  if ${{ a }} != 4:\n    pass\n", "if V1 != 4:\n  pass\n"],
  ["d = {'k': ${{ a }}, '${{ b }}': 1}", "d = {'k': V1, f'{V2}': 1}"],
  ["x = 'open ${{\n a }}\ny = ${{ b }}", "x = f'open {V1}\ny = V2"],
  ["f(${{ a }} == 1, x=${{ b }})", "f(V1 == 1, x=V2)"],
  ["x = ${{ a | unsafe }} + '${{ b | unsafe }}'", "x = PASTE + f'PASTE'"],
];

test("embedPython() makes a variable in code and text in strings", () => {
  for (const [code, expected] of REFERENCES) assert.equal(run("python", code), expected, code);
});

test("embedPython() refuses a value where none can go, with its place", () => {
  assert.deepEqual(problems("python", "x.${{ a }}; f(${{ b }}=1); get_${{ c }}()"), [
    "embed-name ${{ a }}",
    "embed-name ${{ b }}",
    "embed-name ${{ c }}",
  ]);
  assert.deepEqual(problems("python", "x = b'a' b'${{ a }}'; y = b'${{ b }}' b'c'"), [
    "embed-bytes ${{ a }}",
    "embed-bytes ${{ b }}",
  ]);
});

test("embedPython() bounds depth, and ends on any text", () => {
  assert.match(problems("python", "f'{".repeat(10_000))[0]!, /^embed-depth/);
  for (const part of ["f'{", "'", '"""', "b'", "rb'''", "{[(", "\\", "#", "x."]) {
    run("python", part.repeat(20_000));
    run("python", part.repeat(20_000) + "${{ a }}");
  }
  fc.assert(fc.property(hostileTexts, (texts) => void run("python", texts.join("${{ a }}"))));
});

const CONTEXTS: readonly ((hole: string) => string)[] = [
  (v) => `p(${v})`,
  (v) => `p('a ${v} b')`,
  (v) => `p("a {b} \\"${v}\\" '}")`,
  (v) => `p('''a\n'${v}'\n"''')`,
  (v) => `p(r'\\d{3}${v}\\n')`,
  (v) => `p(f'{1 + 1}${v}{{}}')`,
  (v) => `p(f"{'${v}' + 'x'}${v}")`,
  (v) => `p(rf'\\{${v}}')`,
  (v) => `p(b'a ${v} b'.decode())`,
  (v) => `p(rb"""\\ ${v} b""".decode())`,
  (v) => `p(u'${v}' 'x' "${v}")`,
  (v) => `p('\\${v}\\\\${v}\\N{BULLET}')`,
  (v) => `p({'k${v}': 1}) # ${v}`,
  (v) => `p('%s' % '${v}')`,
];

function expected(v: string): readonly unknown[] {
  return [
    v,
    `a ${v} b`,
    `a {b} "${v}" '}`,
    `a\n'${v}'\n"`,
    `\\d{3}${v}\\n`,
    `2${v}{}`,
    `${v}x${v}`,
    `\\${v}`,
    `a ${v} b`,
    `\\ ${v} b`,
    `${v}x${v}`,
    `\\${v}\\${v}•`,
    { [`k${v}`]: 1 },
    v,
  ];
}

test("any text reaches Python unchanged, in every context", async () => {
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (texts) => {
      const values = texts.filter((text) => text !== "__proto__");
      const blocks = values.map((_, index) =>
        CONTEXTS.map((context) => context(`\${{ v${index} }}`)).join("\n")
      );
      const { text, values: carried } = fill(blocks.join("\n"), values);
      const program = `import json, sys
given = json.loads(sys.stdin.read())
seen = []
exec(compile(given["code"], "script", "exec"), {"p": seen.append, **given["values"]})
print(json.dumps(seen))`;
      const { stdout, stderr } = await host.spawn("python3", {
        args: ["-W", "error", "-c", program],
        env: { ...host.env(), PYTHONUTF8: "1" },
        stdin: JSON.stringify({ code: text, values: carried }),
      });
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), values.flatMap(expected));
    }),
    { numRuns: 8 },
  );
});
