/**
 * Rows of the reference's behaviour for which the corpus has no case: a job
 * with one stage or a few, and what it must leave.
 */
import assert from "node:assert/strict";
import { openSluice } from "../../preset.ts";
import { toJson } from "../../core/expr/json.ts";
import { test } from "../harness.ts";

interface Row {
  /** The row, and what it says. */
  readonly row: string;
  /** The jobs. */
  readonly jobs: string;
  /** What must stand where in the context: `j.stages.s.outputs.stdout`. */
  readonly left: Readonly<Record<string, unknown>>;
}

const ROWS: readonly Row[] = [
  {
    row: "C-358: variables in env, echo and scripts' values come from the author's text only",
    jobs: `
      j:
        env: {A: "\${HOUSE}"}
        stages: [{name: s, id: s, env: {B: "\${HOUSE:x}/y", C: "\${UNSET}"}, bash: 'echo "$A $B $C"'}]`,
    left: { "j.stages.s.outputs.stdout": "home home/y null" },
  },
  {
    row: "C-360: a field that a variable leaves nothing of but null is null",
    jobs: `
      j: {stages: [{name: s, id: s, case: "\${UNSET}", match: [{case: "null", stages: [{name: a, echo: a}]}, {else: [{name: b, echo: b}]}]}]}`,
    left: { "j.stages.s.outputs.case": "_" },
  },
  {
    row: "C-170: a template that echo is alone may give anything",
    jobs: `
      j: {stages: [{name: s, id: s, echo: "\${{ [1, 'a'] }}"}, {name: t, id: t, echo: "\${{ none? }}"}]}`,
    left: { "j.stages.s.status": "SUCCESS", "j.stages.t.status": "SUCCESS" },
  },
  {
    row: "§2 row 4: legs are seen downstream as a list in order, and by leg",
    jobs: `
      legs:
        strategy: {matrix: {n: [3, 1, 2]}, max-parallel: 3}
        stages: [{name: s, id: s, bash: 'sleep 0.\${{ matrix.n }}; echo "n\${{ matrix.n }}"'}]
      j:
        needs: [legs]
        outputs:
          list: "\${{ needs.legs.outputs.stdout }}"
          leg: "\${{ jobs.legs.strategies['n=1'].stages.s.outputs.stdout }}"
          values: "\${{ needs.legs.legs | length }}"
          second: "\${{ needs.legs.legs[1].matrix.n }}"
        stages: [{name: x, echo: x}]`,
    left: {
      "j.outputs.list": ["n3", "n1", "n2"],
      "j.outputs.leg": "n1",
      "j.outputs.values": 3,
      "j.outputs.second": 1,
    },
  },
  {
    row: "C-164, C-172: an empty stage leaves nothing, with a description too",
    jobs: "{j: {stages: [{name: s, id: s, desc: why, echo: hello}]}}",
    left: { "j.stages.s.outputs": {}, "j.stages.s.status": "SUCCESS" },
  },
  {
    row: "C-255: raise fails with its text, templates rendered",
    jobs: `
      j: {stages: [{name: s, id: s, raise: "no \${{ params.what }}"}]}`,
    left: { "j.stages.s.errors": { name: "StageError", message: "no rows" } },
  },
  {
    row: "C-249: a case may be the default by `_`",
    jobs: `
      j: {stages: [{name: s, id: s, case: "\${{ params.what }}", match: [{case: x, stages: []}, {case: "_", stages: [{name: d, id: d, echo: d}]}]}]}`,
    left: { "j.stages.s.outputs.case": "_", "j.stages.s.outputs.stages.d.status": "SUCCESS" },
  },
];

for (const { row, jobs, left } of ROWS) {
  test(row, async () => {
    await using sluice = await openSluice({
      ...{ memory: true, audit: false, env: { HOUSE: "home", PATH: "/usr/bin:/bin" } },
    });
    const indented = jobs.replaceAll("\n      ", "\n  ");
    const text =
      `w:\n type: Workflow\n params: {what: {type: str, default: rows}}\n jobs: ${indented}`;
    const { workflows: [workflow], diagnostics } = await sluice.loadText(text, "w.yml");
    assert.deepEqual(diagnostics.filter(({ severity }) => severity === "error"), []);
    assert.ok(workflow);
    const { context } = await (await sluice.engine.start(workflow)).result;
    const plain = Object(toJson(context.jobs ?? {}));
    for (const [path, must] of Object.entries(left)) {
      const is = path.split(".").reduce((value, name) => Object(value)[name], plain);
      assert.deepEqual(is, must, path);
    }
  });
}

const REFUSED: Readonly<Record<string, string>> = {
  "C-174: echo is a text": "{name: s, echo: 5}",
  "C-255: raise is a text": "{name: s, raise: 5}",
  "W-45: at most 1000 retries": "{name: s, retry: 1001, bash: x}",
  "C-171: sleep is less than 1800": "{name: s, sleep: 1800}",
  "C-241: at most 99 rounds": "{name: s, until: 'true', max-loop: 100, stages: []}",
  "C-232: at most 19 workers": "{name: s, parallel: {a: []}, max-workers: 20}",
  "C-237: at most 9 at once": "{name: s, foreach: [1], concurrent: 10, stages: []}",
  "C-201: no argument may be called result": "{name: s, uses: a/b@c, with: {result: 1}}",
};

for (const [row, stage] of Object.entries(REFUSED)) {
  test(`${row}, and a document that says otherwise does not load`, async () => {
    await using sluice = await openSluice({ memory: true, audit: false, env: {} });
    const text = `w: {type: Workflow, jobs: {j: {stages: [${stage}]}}}`;
    const { diagnostics } = await sluice.loadText(text, "w.yml");
    assert.ok(diagnostics.some(({ severity }) => severity === "error"), row);
  });
}
