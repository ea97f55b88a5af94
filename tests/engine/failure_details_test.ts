import assert from "node:assert/strict";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";

async function stagesOf(stages: string): Promise<ValueObject> {
  await using sluice = await openSluice({ memory: true, audit: false });
  const text = `w: {type: Workflow, jobs: {a: {stages: [${stages}]}}}`;
  const { workflows: [workflow], diagnostics } = await sluice.loadText(text, "w.yml");
  assert.ok(workflow, JSON.stringify(diagnostics));
  const { context } = await (await sluice.engine.start(workflow)).result;
  return mappingOf(mappingOf(mappingOf(context.jobs).a).stages);
}

test("a script that fails leaves its exit code and output under info, and no outputs", async () => {
  const { s } = await stagesOf('{name: s, id: s, bash: "echo so far; echo no >&2; exit 7"}');
  const { outputs, info } = mappingOf(s);
  assert.deepEqual(outputs, {});
  const { return_code, stdout, stderr } = mappingOf(info);
  assert.deepEqual({ return_code, stdout, stderr }, {
    return_code: 7,
    stdout: "so far",
    stderr: "no",
  });
});

test("later stages can read the exit code of a script that failed", async () => {
  const { t } = await stagesOf(
    '{name: s, id: s, bash: "exit 7"}, ' +
      '{name: t, id: t, if: "${{ failure() }}", bash: "echo ${{ stages.s.info.return_code }}"}',
  );
  assert.equal(mappingOf(mappingOf(t).outputs).stdout, "7");
});
