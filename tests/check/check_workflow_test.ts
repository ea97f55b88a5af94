import { deepEqual, equal, match, ok } from "node:assert/strict";
import { checkWorkflow, RULES } from "../../core/check/check_workflow.ts";
import type { CheckFacts } from "../../core/check/rule.ts";
import { test } from "../harness.ts";
import { said, workflowIn } from "../model/loading.ts";

function check(text: string, facts: CheckFacts = {}): readonly string[] {
  return checkWorkflow(workflowIn(text), facts).map(said);
}

function checkJobs(jobs: string, facts: CheckFacts = {}): readonly string[] {
  return check(`w:\n  type: Workflow\n  jobs:\n${jobs}`, facts);
}

test("checkWorkflow() finds nothing in a workflow that is right", () => {
  deepEqual(
    checkJobs(`
    a: {stages: [{name: x, bash: 'echo \${{ run.id }}'}]}
    b: {needs: [a], if: "\${{ needs.a.result == 'success' }}"}
`),
    [],
  );
});

test("checkWorkflow() has rules with codes and summaries of their own", () => {
  equal(new Set(RULES.map(({ code }) => code)).size, RULES.length);
  for (const { summary } of RULES) ok(/^[A-Z].*[^.]$/.test(summary), summary);
});

test("checkWorkflow() gives what it found in the order of the text, each thing once", () => {
  const found = checkJobs("    a: {needs: [x, x]}\n    b: {needs: [y]}\n");
  deepEqual(found.map((line) => line.split(" ").slice(0, 3).join(" ")), [
    "4:17 need-unknown Cannot",
    "4:20 need-unknown Cannot",
    "4:20 warning need-duplicate",
    "5:17 need-unknown Cannot",
  ]);
});

test("need-unknown names the job that was probably meant", () => {
  deepEqual(checkJobs("    extract: {}\n    load: {needs: [extrct]}\n"), [
    '5:20 need-unknown Cannot order job "load": it needs "extrct", which this workflow does not define; did you mean "extract"?',
  ]);
  match(checkJobs("    load: {needs: toString}\n")[0] ?? "", /^4:19 need-unknown/);
});

test("need-cycle names the cycle and shows each step", () => {
  const [found, ...others] = checkWorkflow(
    workflowIn(
      "w: {type: Workflow, jobs: {a: {needs: [b]}, b: {needs: [z, c]}, c: {needs: [a]}, z: {}}}",
    ),
  );
  equal(found?.code, "need-cycle");
  match(found?.message ?? "", /a → b → c → a$/);
  deepEqual(found?.related?.map(({ message }) => message), [
    'job "b" needs "c"',
    'job "c" needs "a"',
  ]);
  deepEqual(others, []);
});

test("need-cycle finds each of several cycles, and a job that needs itself", () => {
  const jobs = "{a: {needs: [a]}, b: {needs: [c]}, c: {needs: [b]}, d: {needs: [c]}}";
  const found = check(`w: {type: Workflow, jobs: ${jobs}}`);
  equal(found.length, 2);
  match(found[0] ?? "", /a → a$/);
  match(found[1] ?? "", /b → c → b$/);
});

test("expression-syntax points at the word in templates, conditions and code", () => {
  const found = checkJobs(`
    a:
      if: "\${{ params.x == }}"
      outputs: {n: "text \${{ 1 + }}"}
      stages:
        - name: x
          echo: |
            first line
            then \${{ params.a | }}
        - name: y
          if: params.x = 1
          bash: |
            echo \${{ params. }}
`);
  deepEqual(found.map((line) => line.split(" ").slice(0, 2).join(" ")), [
    "6:28 expression-syntax",
    "7:34 expression-syntax",
    "12:33 expression-syntax",
    "14:24 expression-syntax",
    "16:30 expression-syntax",
  ]);
});

test("expression-syntax reads conditions that a kind evaluates itself, and matrix, retry and env", () => {
  equal(checkJobs("    a: {stages: [{name: u, until: 'item >', stages: []}]}\n").length, 1);
  equal(checkJobs('    a: {strategy: {matrix: {n: ["${{ 1 + }}"]}}}\n').length, 1);
  equal(checkJobs('    a: {retry: "${{ 1 + }}", env: {A: "${{ }}"}}\n').length, 2);
  equal(checkJobs('    a: {stages: [{name: s, echo: "never closed ${{ x"}]}\n').length, 1);
});

test("expression-syntax leaves comments of code alone", () => {
  deepEqual(
    checkJobs("    a: {stages: [{name: s, bash: 'true # ${{ not an expression }}'}]}\n"),
    [],
  );
});

test("code-embedding says where code can carry no value", () => {
  const found = checkJobs(`
    a:
      stages:
        - name: x
          bash: |
            cat <<'END'
            \${{ params.x }}
            END
`);
  equal(found.length, 1);
  match(found[0] ?? "", /^10:\d+ embed-heredoc/);
});

test("code-embedding names what is pasted on purpose", () => {
  const [found] = checkJobs(
    "    a: {stages: [{name: x, bash: 'echo ${{ params.x | unsafe }}'}]}\n",
  );
  match(found ?? "", /warning embed-unsafe The value of "params\.x" is pasted/);
});

test("runner-missing warns of what is not installed and refuses what nobody knows", () => {
  match(
    checkJobs("    a: {runs-on: {type: docker}}\n")[0] ?? "",
    /^4:\d+ warning runner-missing Job "a" will fail: it runs on "docker", which is not installed/,
  );
  match(
    checkJobs("    a: {runs-on: locl}\n")[0] ?? "",
    /^4:\d+ runner-missing .*did you mean "local"/,
  );
  deepEqual(checkJobs("    a: {runs-on: {type: docker}}\n", { runners: ["local", "docker"] }), []);
});

function triggering(name: string, params = "{}"): string {
  return `{name: t, id: "${name}", trigger: "${name}", params: ${params}}`;
}

test("trigger-unknown finds workflows that are not there, where that is known", () => {
  const jobs = `    a: {stages: [${triggering("lod")}, {name: u, trigger: "\${{ run.id }}"}]}\n`;
  deepEqual(checkJobs(jobs), []);
  match(
    checkJobs(jobs, { workflows: () => undefined, workflowNames: ["load"] })[0] ?? "",
    /^\d+:\d+ trigger-unknown Stage "t" will fail: there is no workflow "lod"; did you mean "load"/,
  );
});

test("trigger-cycle finds the way round over several workflows, nested stages too (W-26)", () => {
  const workflow = (name: string, target: string) =>
    workflowIn(
      `${name}: {type: Workflow, jobs: {j: {stages: [{name: f, foreach: [1], stages: [${
        triggering(target)
      }]}]}}}`,
    );
  const known = new Map(
    ["ab", "bc", "ca", "xx", "yb"].map((
      [name = "", target = ""],
    ) => [name, workflow(name, target)]),
  );
  const found = (name: string) =>
    checkWorkflow(known.get(name) ?? workflow("?", "?"), { workflows: (name) => known.get(name) })
      .map(said);
  match(found("a")[0] ?? "", /^\d+:\d+ trigger-cycle .* a → b → c → a$/);
  match(found("x")[0] ?? "", /x → x$/);
  deepEqual(found("y"), []);
});

test("trigger-params warns of parameters that are missing or do not fit, as far as they are written out", () => {
  const child = workflowIn(
    "child: {type: Workflow, params: {n: {type: int, required: true}, s: {type: str, required: true}}}",
  );
  const facts = { workflows: (name: string) => name === "child" ? child : undefined };
  const found = (params: string) =>
    checkJobs(`    a: {stages: [${triggering("child", params)}]}\n`, facts);
  deepEqual(found("{n: 1, s: '${{ run.id }}'}"), []);
  match(
    found("{n: x, s: a}")[0] ?? "",
    /warning trigger-params .*does not take the parameter "n": Value can not convert/,
  );
  match(found("{n: 1}")[0] ?? "", /needs the parameter "s", which is not given/);
});
