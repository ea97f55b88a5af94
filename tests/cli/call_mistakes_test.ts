import { deepEqual } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TASKS = `import { defineCaller } from "@sluice/sluice/plugin";
export const copy = defineCaller({ name: "copy_rows", tag: "v1", run: () => ({}) });
throw new Error("A check runs nothing");
`;

test("sluice check says which function a stage calls that is not there, and runs none", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-calls-"));
  try {
    await writeFile(join(cwd, "tasks.ts"), TASKS);
    await writeFile(join(cwd, "all.ts"), 'export * from "./tasks.ts";\n');
    const uses = [
      ...["tasks/copy-rows@v1", "all/copy-rows@v1", "tasks/${{ params.f }}@v1"],
      ...["tasks/copy-rows@v2", "tasks/store@v1", "task/store@v1", "store", "actions/checkout@v4"],
    ];
    const stages = uses.map((uses, index) => ({ name: `s${index}`, uses }));
    const workflow = {
      type: "Workflow",
      params: { f: { type: "str", default: "x" } },
      jobs: { a: { stages } },
    };
    await writeFile(join(cwd, "w.yml"), JSON.stringify({ w: workflow }, null, 1));
    const { stdout } = await sluice(["check", "w.yml", "--json"], { cwd });
    const found: readonly Readonly<Record<string, unknown>>[] = JSON.parse(stdout);
    deepEqual(found.map(({ code, message }) => `${code}: ${message}`), [
      'function-missing: The module tasks defines no "copy-rows" with the tag "v2": write a tag that is there',
      'function-missing: The module tasks defines no "store": export defineCaller({ name: "store", tag: "v1", … }) from it',
      'function-missing: There is no module for "task/store@v1" in ".": write task.ts there, or name its folder in "registry_caller" of the settings',
      'uses-form: Cannot call "store": write "module/function@tag", such as "tasks/store@v1"',
      'function-missing: There is no module for "actions/checkout@v4": actions of GitHub do not run here; write what it does as "bash:" or as a function of your own',
    ]);
  } finally {
    await rm(cwd, { recursive: true });
  }
});
