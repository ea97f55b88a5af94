import { deepEqual, ok } from "node:assert/strict";
import { test } from "../harness.ts";
import { checkText, lineOf } from "./corpus.ts";

/** A workflow in which a stage of a job with a matrix does as it is told. */
function workflowWith(body: string): string {
  return `name: w
params:
  n: int
  s: str
  l: array
  m: map
  c: {type: choice, options: [a, b, 1]}
  d: date
  t: datetime
  u: duration
  b: bool
jobs:
  pre:
    outputs:
      rows: {value: "\${{ stages.r.outputs.return_code }}", type: int}
      say: "hi"
      obj: "\${{ {'a': 1, 'b': {'c': 'x'}} }}"
    stages:
      - {name: R, id: r, bash: "true"}
  main:
    needs: [pre]
    strategy:
      matrix:
        os: [linux, mac]
        v: [1, 2]
        mix: [1, x, true]
        o: [{a: 1}, {a: 2, b: 3}]
    stages:
      - name: F
        id: f
        foreach: [{k: 1, v: x}, {k: 2, v: y}]
        use-index-as-key: true
        stages: [{name: I, id: i, echo: "\${{ item.k }}"}]
      - name: T
        ${body}
`;
}

function complaintsAbout(body: string): readonly string[] {
  return checkText({ name: "w", text: workflowWith(body) })
    .filter(({ severity }) => severity !== "info").map(lineOf);
}

const WRONG = [
  "if: matrix.os == 'windows'",
  "if: matrix.v == '1'",
  "if: matrix.mix == 'y'",
  "if: matrix.mix == false",
  "if: matrix.os.x == 1",
  "echo: ${{ matrix.o.c }}",
  "echo: ${{ matrix.o.b }}",
  "echo: ${{ matrix.v + 'x' }}",
  "if: needs.pre.outputs.rows == 'x'",
  "echo: ${{ needs.pre.outputs.row }}",
  "if: needs.pre.outputs.say == 'ho'",
  "echo: ${{ needs.pre.outputs.obj.b.d }}",
  "echo: ${{ needs.pre.outputs.obj['a'].q }}",
  "if: needs.pre.outputs.rows",
  "if: needs.pre.result == 'SUCCESS'",
  "if: needs.pre.status == 'success'",
  "echo: ${{ needs['pre'].outptus }}",
  "if: params.c == 'z'",
  "if: params.c == '1'",
  "if: params.d > '2026-01-01'",
  "if: params.b == 'true'",
  "echo: ${{ params.l.x }}",
  "echo: ${{ params.s[0].y }}",
  "if: params.n in 'abc'",
  "echo: ${{ params.n | upper }}",
  "echo: ${{ item }}",
  "if: 1 < params.s",
  "echo: ${{ params.t.yaer }}",
  "if: params.s == null",
  "if: params.n == None",
  "if: params.s",
  "if: startsWith(params.n, 'a')",
  "if: contains(params.n, 1)",
  "if: length(params.n) > 1",
  "echo: ${{ (params.s if params.b else params.c).x }}",
  "echo: ${{ params.l[0] + params.l['x'] }}",
  "foreach: ${{ params.n }}\n        stages: [{name: Z, echo: x}]",
  "foreach: [a, b]\n        stages: [{name: Z, echo: '${{ item.x }}'}]",
  "foreach: ${{ range(3) }}\n        stages: [{name: Z, echo: '${{ item.x }}'}]",
  "foreach: ${{ [1,2] }}\n        stages: [{name: Z, if: item == 'x', echo: q}]",
  "foreach: ${{ matrix.o }}\n        stages: [{name: Z, echo: q}]",
  "timeout: ${{ params.l }}\n        echo: x",
  "retry: ${{ params.b }}\n        echo: x",
  "bash: echo ${{ params.nn }}",
  "bash: echo x\n        env: {A: '${{ matrix.oss }}'}",
  "if: params.u == 'x'",
  "if: seconds(params.l) > 1",
  "case: ${{ matrix.os }}\n        match: [{case: windows, stages: [{name: Q, echo: q}]}]",
  "if: run.idd == ''",
  "if: release.logical_date > 5",
  "until: item > 'x'\n        item: 1\n        loop: 1\n        stages: [{name: Q, echo: q}]",
  "if: (matrix.os == 'linux') == 'x'",
  "echo: ${{ -params.s }}",
  "if: matrix.os in ['windows']",
  "if: 'windows' == matrix['os']",
  "if: matrix.os != 'linx'",
  "if: len(matrix.v) > 1",
  "if: params.n > matrix.os",
  "echo: ${{ toJson(params).x }}",
  "echo: ${{ now().yea }}",
  "echo: ${{ params.l | join | abs }}",
  "if: contains('a,b', params.s)",
];

const RIGHT = [
  "echo: ${{ stages.f.outputs.items }}",
  "echo: ${{ stages.f.outputs.foreach }}",
  "if: params.m.x.y == 1",
  "if: params.l == []",
  "if: not params.n",
  "if: ${{ params.s }}",
  "echo: ${{ [1,2][5] }}",
  "echo: ${{ (3 if params.b else 1) + 1 }}",
  "foreach: ${{ params.l }}\n        stages: [{name: Z, echo: '${{ item.x }}'}]",
  "raise: ${{ params.n }}",
  "echo: ${{ fromJson(params.n) }}",
];

for (const body of WRONG) {
  test(`the checker is not fooled by ${body.replaceAll(/\s+/g, " ")}`, () => {
    ok(complaintsAbout(body).length > 0);
  });
}

test("the checker lets pass what may well be", () => {
  deepEqual(RIGHT.flatMap(complaintsAbout), []);
});
