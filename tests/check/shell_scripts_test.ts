import { deepEqual, equal, ok } from "node:assert/strict";
import { shellDiagnostics, shellScripts } from "../../core/check/shell_scripts.ts";
import { textAt } from "../../core/source/fix.ts";
import { test } from "../harness.ts";
import { corpusFiles, workflowsIn } from "./corpus.ts";

function scriptsOf(stages: string) {
  const text = `w:
  type: Workflow
  params: {day: str, rows: int}
  env: {known: x}
  jobs:
    a:
      env: {region: eu}
      stages: ${stages}
`;
  return workflowsIn({ name: "w", text }).flatMap((workflow) => [...shellScripts(workflow)]);
}

test("shellScripts() makes each template a variable of its length, quoted for its place", () => {
  const bash =
    `cat \${{ params.day }} "\${{ params.day }}" '\${{ params.day }}' \${{1}} # \${{ x }}`;
  const [script] = scriptsOf(`[{name: S, bash: ${JSON.stringify(bash)}}]`);
  const [, masked = ""] = script!.text.split("\n");
  equal(
    masked,
    `cat "\${V___________}" "\${V_____________}" 'V________________' "\${V}" # V_______`,
  );
  equal(masked.length, bash.length);
});

test("shellScripts() declares the environment that a script finds", () => {
  const [script] = scriptsOf(`[{name: S, bash: ls, env: {known: z, own: a}}]`);
  equal(script?.text.split("\n")[0], "export SLUICE_OUTPUT known region own");
});

test("shellScripts() leaves out what is no shell script, and what cannot carry its values", () => {
  deepEqual(scriptsOf("[{name: S, run: '1;'}, {name: T, echo: hi}]"), []);
  deepEqual(scriptsOf(`[{name: S, bash: "cat <<'END'\\n\${{ params.day }}\\nEND\\n"}]`), []);
});

test("shellScripts() keeps every offset of every script of the corpus", async () => {
  let count = 0;
  for (const file of [...await corpusFiles("ok"), ...await corpusFiles("err")]) {
    for (
      const { text, path, workflow } of workflowsIn(file).flatMap((each) => [...shellScripts(each)])
    ) {
      const masked = text.slice(text.indexOf("\n") + 1);
      const written = path.reduce<unknown>(
        (value, key) => (value as Record<string, unknown>)[String(key)],
        workflow.document.value,
      );
      equal(masked.length, String(written).length, file.name);
      count++;
    }
  }
  ok(count > 50, `${count} scripts`);
});

test("shellDiagnostics() places a comment where the script was written", () => {
  const [script] = scriptsOf(`
        - name: S
          bash: |
            echo one
            echo "😀" $x \${{ params.rows }}`);
  const [found] = shellDiagnostics(script!, [{
    ...{ line: 3, endLine: 3, column: 10, endColumn: 12, level: "info", code: 2086 },
    message: "Double quote.",
  }]);
  equal(textAt(script!.workflow.document.text, found!.place.span), "$x");
  deepEqual([found?.code, found?.severity, found?.message], [
    "shellcheck",
    "info",
    "SC2086: Double quote",
  ]);
});

test("shellDiagnostics() says nothing of the line before the script, and never of an error", () => {
  const [script] = scriptsOf("[{name: S, bash: ls}]");
  const place = {
    endLine: 1,
    column: 1,
    endColumn: 2,
    level: "error",
    code: 1,
    message: "x",
  } as const;
  deepEqual(shellDiagnostics(script!, [{ line: 1, ...place }]), []);
  equal(shellDiagnostics(script!, [{ ...place, line: 2, endLine: 2 }])[0]?.severity, "warning");
});
