import { deepEqual, equal } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const STAGES = "jobs: {j: {timeout: 60, stages: [{name: Hi, bash: ./hi.sh}]}}";

async function checked(
  files: Readonly<Record<string, string>>,
  ...operands: readonly string[]
): Promise<readonly string[]> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-rules-"));
  try {
    await mkdir(join(cwd, "conf"));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(cwd, "conf", name), text);
    }
    const { stdout } = await sluice(["check", "--json", ...operands], { cwd });
    const found: { file: string; code: string }[] = JSON.parse(stdout);
    return found.map(({ file, code }) => `${file} ${code}`);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("sluice check finds what a workflow follows in the other files of the folder", async () => {
  const files = {
    "a.yml": `a: {type: Workflow, on: {release: b}, ${STAGES}}\n`,
    "b.yml": `b: {type: Workflow, on: {release: c}, ${STAGES}}\n`,
    "c.yml": `c: {type: Workflow, on: {release: [a, nobody]}, ${STAGES}}\n`,
    "d.yml": `d: {type: Workflow, on: {release: a}, ${STAGES}}\n`,
  };
  deepEqual(await checked(files), [
    "./conf/a.yml release-circle",
    "./conf/b.yml release-circle",
    "./conf/c.yml release-circle",
    "./conf/c.yml release-unknown",
  ], "who follows one of a circle is in none");
  deepEqual(await checked(files, "conf/d.yml"), []);
});

test("sluice check knows what time it is", async () => {
  const at = (day: string) => `w${day}: {type: Workflow, on: [{at: "${day}-01-01"}], ${STAGES}}\n`;
  deepEqual(await checked({ "w.yml": at("2020") + at("2100") }), ["./conf/w.yml schedule-past"]);
});

test("schedule-past says nothing where nobody knows the time", () => {
  const text = `w: {type: Workflow, on: [{at: "2020-01-01"}], jobs: {}}`;
  const [workflow] = loadFile(text, "w.yml", { stages: [] }).workflows;
  equal(checkWorkflow(workflow!).some(({ code }) => code === "schedule-past"), false);
});
