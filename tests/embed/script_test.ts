import assert from "node:assert/strict";
import fc from "fast-check";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";
import { fillerOf, hostileTexts, problems, run } from "./filling.ts";

const host = openHost();
const fill = fillerOf("ts");

const REFERENCES: readonly (readonly [string, string])[] = [
  ["const n = ${{ a }} + 1;", "const n = V1 + 1;"],
  ["f(${{ a }}, ...${{ b }}.items)", "f(V1, ...V2.items)"],
  ["const u = '/v1/${{ a }}';", "const u = `/v1/${V1}`;"],
  ['const u = "it\'s ${{ a }} `x` ${y}";', "const u = `it's ${V1} \\`x\\` \\${y}`;"],
  [
    "const u = `a ${{ a }} ${b + ${{ b }} + '${{ c }}'}`;",
    "const u = `a ${V1} ${b + V2 + `${V3}`}`;",
  ],
  [
    "const o = { ${{ a }}: 1, 'x-${{ b }}': 2, c: ${{ c }} };",
    "const o = { [V1]: 1, [`x-${V2}`]: 2, c: V3 };",
  ],
  ["x ? ${{ a }} : 'b${{ b }}'", "x ? V1 : `b${V2}`"],
  [
    "switch (x) { case ${{ a }}: case '${{ b }}': break; }",
    "switch (x) { case V1: case `${V2}`: break; }",
  ],
  ["// it's ${{ a }}\n/* ${{ b }} */ ${{ c }}", "// it's ${{ a }}\n/* ${{ b }} */ V3"],
  ["'// ${{ a }}' + '/* ${{ b }}'", "`// ${V1}` + `/* ${V2}`"],
  ["x = a / 2; y = '${{ a }}' / 2", "x = a / 2; y = `${V1}` / 2"],
  ["x = /['\"`]/.test('${{ a }}')", "x = /['\"`]/.test(`${V1}`)"],
  ["if (x) /'/.test(${{ a }})", "if (x) /'/.test(V1)"],
  ["(x) / 2 + ' ${{ a }} / '", "(x) / 2 + ` ${V1} / `"],
  ["const o = {} / 1; '${{ a }}/'", "const o = {} / 1; `${V1}/`"],
  ["{ x(); } /'/.exec(${{ a }})", "{ x(); } /'/.exec(V1)"],
  ["i++ / 2 + '/${{ a }}'; x! / '${{ b }}'", "i++ / 2 + `/${V1}`; x! / `${V2}`"],
  ["a = b;\n/re'/g.exec(${{ a }})", "a = b;\n/re'/g.exec(V1)"],
  ["x = 'open ${{ a }}\ny = ${{ b }}", "x = 'open V1\ny = V2"],
  ["'\\${{ a }}' + `\\${{ b }}` + '\\'${{ c }}\\\\'", "`${V1}` + `${V2}` + `\\'${V3}\\\\`"],
  ["'$${{ a }}' + `$${{ b }}`", "`$${V1}` + `$${V2}`"],
  ["'unfinished ${x}\n${{ a }}", "'unfinished ${x}\nV1"],
  ["tag`a ${{ a }}`", "tag`a ${V1}`"],
  ["const s = 'x'; f(${{ a | unsafe }}, '${{ b | unsafe }}')", "const s = 'x'; f(PASTE, `PASTE`)"],
  ["await import('${{ a }}')", "await import(`${V1}`)"],
];

test("embedScript() makes a variable in code and text in strings", () => {
  for (const [code, expected] of REFERENCES) assert.equal(run("ts", code), expected, code);
});

test("embedScript() refuses a value where none can go, with its place", () => {
  assert.deepEqual(problems("ts", "x = /a${{ a }}b/.test(y)"), ["embed-regex ${{ a }}"]);
  assert.deepEqual(problems("ts", "import x from './${{ a }}.ts'"), ["embed-import ${{ a }}"]);
  assert.deepEqual(problems("ts", 'import "./${{ a }}.ts"'), ["embed-import ${{ a }}"]);
  assert.deepEqual(
    problems("ts", "x.${{ a }}; x?.${{ b }}; get${{ c }}(); ${{ d }}Name; #${{ e }}"),
    [
      "embed-name ${{ a }}",
      "embed-name ${{ b }}",
      "embed-name ${{ c }}",
      "embed-name ${{ d }}",
      "embed-name ${{ e }}",
    ],
  );
});

test("fillCode() keeps types in code, and gives text to strings", () => {
  const code = fill("f(${{ v0 }}, '${{ v0 }}', ${{ v1 }}, `${{ v2 }}`)", [5, "1", [1, "a"]]);
  assert.deepEqual(Object.values(code.values), [5, "5", "1", "[1, 'a']"]);
  assert.deepEqual(Object.values(code.places), ["code", "string", "code", "string"]);
});

test("embedScript() bounds depth, and ends on any text", () => {
  assert.match(problems("ts", "`${".repeat(10_000))[0]!, /^embed-depth/);
  for (const part of ["=/[", "=/", "'", "`", "${", "({[", "/*", "x.", "}"]) {
    run("ts", part.repeat(20_000));
    run("ts", part.repeat(20_000) + "${{ a }}");
  }
  fc.assert(fc.property(hostileTexts, (texts) => void run("ts", texts.join("${{ a }}"))));
});

const CONTEXTS: readonly ((hole: string) => string)[] = [
  (v) => `p(${v});`,
  (v) => `p('a ${v} b');`,
  (v) => `p("a ${v} 'b' \\"c\\" \`d\` \${e}");`,
  (v) => `p(\`a ${v} \${'x' + '${v}'} b\`);`,
  (v) => `p({ 'k${v}': 1, ${v}: 2 });`,
  (v) => `p([${v}, '${v}'].join('|').length);`,
  (v) => `p('\\n${v}\\\\${v}'.length);`,
  (v) => `p(String.raw\`a\\n${v}\`);`,
  (v) => `/* ${v} */ p(${v}.length /* ' */); // ${v}`,
];

function expected(v: string): readonly unknown[] {
  return [
    v,
    `a ${v} b`,
    `a ${v} 'b' "c" \`d\` \${e}`,
    `a ${v} x${v} b`,
    Object.fromEntries([[`k${v}`, 1], [v, 2]]),
    v.length * 2 + 1,
    v.length * 2 + 2,
    `a\\n${v}`,
    v.length,
  ];
}

test("any text reaches TypeScript unchanged, in every context", async () => {
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (texts) => {
      const values = texts.filter((text) => text !== "__proto__");
      const blocks = values.map((_, index) =>
        CONTEXTS.map((context) => context(`\${{ v${index} }}`)).join("\n")
      );
      const { text, values: carried } = fill(blocks.join("\n"), values);
      const prelude = `Object.assign(globalThis, ${JSON.stringify(carried)});
        const seen: unknown[] = []; const p = (x: unknown) => seen.push(x);\n`;
      const { stdout, stderr } = await host.spawn("deno", {
        args: ["run", "--quiet", "--no-config", "--ext=ts", "-"],
        env: host.env(),
        stdin: `${prelude}${text}\nconsole.log(JSON.stringify(seen));`,
      });
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), values.flatMap(expected));
    }),
    { numRuns: 6 },
  );
});
