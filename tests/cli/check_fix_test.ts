import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const WRONG = `etl:
  type: Workflow
  jobs:
    extract: {stages: [{id: read, name: Read, bash: ls}]}
    load: {needs: [extrct], stages: [{name: Say, echo: "\${{ needs.extract.outputs.stdot }}"}]}
`;
const RIGHT = WRONG.replace("extrct", "extract").replace("stdot", "stdout");

async function inFolder(body: (folder: string, file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-fix-"));
  try {
    const file = join(folder, "etl.yml");
    await writeFile(file, WRONG);
    await body(folder, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("sluice check --fix writes all that was meant at once", async () => {
  await inFolder(async (cwd, file) => {
    const { code, stderr } = await sluice(["check", "--fix", "etl.yml"], { cwd });
    equal(await readFile(file, "utf8"), RIGHT);
    equal(code, 0);
    match(stderr, /^etl\.yml: 2 names put right\n1 workflow, no errors, no warnings$/m);
  });
});

test("sluice check leaves files alone without --fix", async () => {
  await inFolder(async (cwd, file) => {
    equal((await sluice(["check", "etl.yml"], { cwd })).code, 2);
    equal(await readFile(file, "utf8"), WRONG);
  });
});

test("sluice check --fix refuses standard input", async () => {
  await inFolder(async (cwd) => {
    const { code, stdout } = await sluice(["check", "--fix", "-"], { cwd, stdin: WRONG });
    deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
});

test("sluice check does not tell what a comment asks not to hear of, whoever found it", async () => {
  await inFolder(async (cwd) => {
    const stdin =
      "a: {type: Workflow, on: [{sensor: {}}], jobs: {j: {stages: [{name: a, echo: a}]}}} # sluice: ignore trigger-missing\n";
    const { code, stderr } = await sluice(["check", "-"], { cwd, stdin });
    deepEqual({ code, stderr }, { code: 0, stderr: "1 workflow, no errors, no warnings\n" });
  });
});
