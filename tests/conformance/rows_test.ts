/**
 * Rows of the reference's behaviour for which the corpus has no case: a job
 * with one stage or a few, and what it must leave.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Workflow } from "../../core/engine/workflow.ts";
import { toJson } from "../../core/expr/json.ts";
import { openSluice } from "../../preset.ts";
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
  {
    row: "C-096, C-097: a job is tried again for a failure of any kind",
    jobs: "{j: {retry: 1, stages: [{name: s, id: s, raise: x}]}}",
    left: { "j.status": "FAILED", "j.retry": 1 },
  },
  {
    row: "W-33: what a script that failed left is under info",
    jobs: `
      a: {stages: [{name: s, id: s, bash: "echo out; exit 3"}]}
      j:
        needs: [a]
        trigger-rule: all_done
        stages: [{name: s, id: s, raise: "\${{ jobs.a.stages.s.info.return_code }} \${{ jobs.a.stages.s.info.stdout }}"}]`,
    left: { "j.stages.s.errors.message": "3 out" },
  },
  {
    row: "S-008, C-147: after a rule that is not met no other job begins, and what runs goes on",
    jobs: `
      a: {stages: [{name: s, raise: s}]}
      b: {needs: [a], stages: [{name: s, echo: s}]}
      slow: {stages: [{name: s, bash: "sleep 0.5"}]}
      j: {needs: [slow], trigger-rule: all_done, stages: [{name: s, echo: s}]}
      cleanup: {needs: [slow], if: "\${{ always() }}", stages: [{name: s, echo: s}]}`,
    left: { "slow.status": "SUCCESS", "j.status": "SKIP", "cleanup.status": "SUCCESS" },
  },
  {
    row: "C-101: where all needs were skipped, the job is, whatever its rule",
    jobs: `
      a: {if: "False", stages: []}
      j: {needs: [a], trigger-rule: all_done, stages: [{name: s, echo: s}]}`,
    left: { "j.status": "SKIP", "j.stages": undefined },
  },
  {
    row: "C-122, C-123, C-124: an exclude names some keys, an include may be partial or there",
    jobs: `
      j:
        strategy:
          max-parallel: 9
          matrix: {a: [1, 2, 3], b: [x]}
          exclude: [{a: 2}]
          include: [{b: x, a: 1}, {a: 7}, {a: 2, b: x}]
        stages: [{name: s, id: s, echo: s}]`,
    left: {
      "j.strategies.a=1,b=x.status": "SUCCESS",
      "j.strategies.a=2,b=x.status": "SUCCESS",
      "j.strategies.a=3,b=x.status": "SUCCESS",
      "j.strategies.a=7.matrix": { a: 7 },
    },
  },
  {
    row: "C-155, C-362: conditions in Python's spellings",
    jobs: `
      j:
        stages:
          - {name: a, id: a, if: "\${{ params.none? }} is None", echo: a}
          - {name: b, id: b, if: "'\${{ params.what }}' is not None and not (1 in (2, 3))", echo: b}
          - {name: c, id: c, if: "\${{ params.what }} in ('rows', 'columns')", echo: c}
          - {name: d, id: d, if: "'\${{ params.what }}' not in ('rows',)", echo: d}
          - {name: e, id: e, if: "1 < 2 <= 2 != 3 or None", echo: e}`,
    left: {
      "j.stages.a.status": "SUCCESS",
      "j.stages.b.status": "SUCCESS",
      "j.stages.c.status": "SUCCESS",
      "j.stages.d.status": "SKIP",
      "j.stages.e.status": "SUCCESS",
    },
  },
  {
    row: "C-237: foreach reads a JSON list from text, and from a template's text",
    jobs: `
      j:
        stages:
          - {name: s, id: s, foreach: "[1, 2]", stages: [{name: n, echo: n}]}
          - {name: t, id: t, foreach: "\${{ '[3]' }}", stages: [{name: n, echo: n}]}`,
    left: { "j.stages.s.outputs.items": [1, 2], "j.stages.t.outputs.items": [3] },
  },
  {
    row: "C-239: what is no list cannot be gone through",
    jobs: `
      j: {stages: [{name: s, id: s, foreach: "\${{ 5 }}", stages: [{name: n, echo: n}]}]}`,
    left: { "j.stages.s.errors.name": "TypeError" },
  },
  {
    row: "C-242: the last output called item is the next item",
    jobs: `
      j:
        stages:
          - name: s
            id: s
            item: 5
            until: "\${{ item }} >= 7"
            stages:
              - {name: m, id: m, lang: ts, run: "export const item = 0"}
              - {name: n, id: n, lang: ts, run: "export const item = \${{ item }} + 1"}`,
    left: {
      "j.stages.s.outputs.until.1.item": 5,
      "j.stages.s.outputs.until.2.item": 6,
      "j.stages.s.outputs.until.3": undefined,
    },
  },
  {
    row: "C-250, C-251: the first case that is equal, with its type, else the default",
    jobs: `
      j:
        stages:
          - name: s
            id: s
            case: "\${{ 1 }}"
            match:
              - {else: [{name: n, id: n, raise: "\${{ case }}"}]}
              - {case: "1", stages: [{name: t, id: t, echo: t}]}
              - {case: 1, stages: [{name: i, id: i, raise: "\${{ case }}"}]}
              - {case: 1, stages: [{name: k, id: k, echo: k}]}`,
    left: { "j.stages.s.outputs.case": 1, "j.stages.s.outputs.stages.i.errors.message": "1" },
  },
  {
    row: "C-253, C-254: a case without stages is skipped, one whose stage fails says which",
    jobs: `
      j:
        stages:
          - {name: s, id: s, case: a, match: [{case: a, stages: []}]}
          - {name: t, id: t, case: a, match: [{case: a, stages: [{name: n, raise: x}]}]}`,
    left: {
      "j.stages.s.status": "SKIP",
      "j.stages.s.outputs": { case: "a", stages: {} },
      "j.stages.t.errors.name": "StageError",
    },
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

/** The runs of a workflow that needs two jobs which succeed (S), fail (F) or are skipped (K). */
const RULES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "C-140: all_success": { SS: "runs", SF: "fails", SK: "skips", KK: "skips", KF: "fails" },
  "C-141: all_failed": { FF: "runs", SF: "fails", SS: "fails", FK: "fails", KF: "fails" },
  "C-142: all_done": { SS: "runs", SF: "runs", FF: "runs", KF: "runs", KK: "skips" },
  "C-143: one_success": { SS: "runs", SF: "runs", FF: "fails", KF: "fails", FK: "fails" },
  "C-144: one_failed": { FF: "runs", SF: "runs", SS: "fails", SK: "fails", KS: "fails" },
  "C-145: none_failed": { SS: "runs", SK: "runs", SF: "fails", KF: "fails", KK: "skips" },
  "C-146: none_skipped": { SS: "runs", FF: "runs", SK: "fails", KF: "fails", KK: "skips" },
};

const NEEDED = {
  S: "stages: [{name: s, echo: s}]",
  F: "stages: [{name: s, raise: s}]",
  K: "if: 'False', stages: []",
};

for (const [row, cases] of Object.entries(RULES)) {
  test(`${row}, over two needs`, async () => {
    await using sluice = await openSluice({ memory: true, audit: false, env: {} });
    for (const [pair, wanted] of Object.entries(cases)) {
      const [a = "S", b = "S"] = pair;
      const text = `w:
  type: Workflow
  jobs:
    a: {${Object(NEEDED)[a]}}
    b: {${Object(NEEDED)[b]}}
    j: {needs: [a, b], trigger-rule: ${row.slice(7)}, stages: [{name: s, echo: s}]}`;
      const { workflows: [workflow] } = await sluice.loadText(text, "w.yml");
      assert.ok(workflow);
      const { context } = await (await sluice.engine.start(workflow)).result;
      const plain = Object(toJson(context));
      const isUnmet = /trigger rule/.test(plain.errors?.message ?? "");
      const came = plain.jobs.j.status === "SUCCESS" ? "runs" : isUnmet ? "fails" : "skips";
      assert.equal(came, wanted, pair);
    }
  });
}

const TRIGGERED = `w:
  type: Workflow
  jobs:
    j: {stages: [{name: s, id: s, trigger: t, params: {n: x}}]}
t:
  type: Workflow
  params: {n: int}
  jobs: {k: {stages: [{name: s, echo: s}]}}`;

test("C-035, C-224: a trigger with parameters that do not fit fails as the workflow does", async () => {
  const conf = await mkdtemp(join(tmpdir(), "sluice-rows-"));
  try {
    await writeFile(join(conf, "w.yml"), TRIGGERED);
    await using sluice = await openSluice({ memory: true, audit: false, env: {}, conf });
    const { context } = await (await sluice.workflow("w")).execute();
    const { errors, outputs } = Object(toJson(context)).jobs.j.stages.s;
    assert.equal(errors.name, "StageError");
    assert.match(errors.message, /^Trigger workflow was failed with:\n/);
    assert.deepEqual(outputs, { jobs: {} });
  } finally {
    await rm(conf, { recursive: true });
  }
});

test("C-040, S-039: extras go before the settings, and one of another type fails the run", async () => {
  await using sluice = await openSluice({ memory: true, audit: false, env: {} });
  const { workflows: [model] } = await sluice.loadText(
    "w: {type: Workflow, jobs: {j: {stages: [{name: s, echo: s}]}}}",
    "w.yml",
  );
  assert.ok(model);
  const workflow = new Workflow(sluice.engine, model);
  for (const extras of [{ max_job_parallel: "2" }, { stage_default_id: "no" }]) {
    const { status, errors: [error] } = await workflow.execute({}, { extras });
    assert.deepEqual([status, error?.name], ["FAILED", "TypeError"]);
  }
  const kept = { stage_default_id: true, max_job_parallel: 1 };
  const { context } = await workflow.execute({}, { extras: kept });
  assert.equal(Object.keys(Object(toJson(context)).jobs.j.stages).length, 1);
});

test("S-021: the name of a workflow holds no template, within the document either", async () => {
  await using sluice = await openSluice({ memory: true, audit: false, env: {} });
  const text = 'w: {type: Workflow, name: "${{ params.a }}", jobs: {}}';
  const { diagnostics } = await sluice.loadText(text, "w.yml");
  assert.deepEqual(diagnostics.map(({ code }) => code), ["name-invalid"]);
});
