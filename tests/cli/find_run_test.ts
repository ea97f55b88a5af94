import { equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TEXT = `parent:
  type: Workflow
  jobs: {a: {stages: [{name: Call, trigger: child}, {name: Fail, raise: "no"}]}}
child:
  type: Workflow
  jobs: {b: {stages: [{name: Say, echo: hi}]}}
`;

test('"last" is the newest run that somebody started, and none that a stage started', async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-last-"));
  try {
    await writeFile(join(cwd, "two.yml"), TEXT);
    const options = ["--conf", "."];
    equal((await sluice(["run", "parent", "-q", ...options], { cwd })).code, 1);
    const { stdout } = await sluice(["show", "last", "--json", ...options], { cwd });
    equal(JSON.parse(stdout).workflow, "parent");
    const rerun = await sluice(["rerun", "last", ...options], { cwd });
    match(rerun.stderr, /parent: failed/);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
