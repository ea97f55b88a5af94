import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = `
deploy:
  type: Workflow
  concurrency: {group: production, limit: 1}
  jobs:
    go:
      stages:
        - name: Go
          bash: echo begin >> log; sleep 0.2; echo end >> log
`;

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-concurrency-"));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("sluice run waits for the runs of its group in other processes, and says so", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "deploy.yml"), WORKFLOW);
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => sluice(["run", "deploy.yml"], { cwd: folder })),
    );
    deepEqual(runs.map(({ code }) => code), [0, 0, 0, 0], runs.map(({ stderr }) => stderr).join());
    const log = (await readFile(join(folder, "log"), "utf8")).trim().split("\n");
    deepEqual(log, Array.from({ length: 4 }, () => ["begin", "end"]).flat());
    const told = runs.filter(({ stderr }) =>
      stderr.includes('waits for room in group "production"')
    );
    equal(told.length >= 1, true, "whoever waits says for what");
  }));

test("sluice refuses settings of concurrency that do not fit, with the place", () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, "deploy.yml"), WORKFLOW);
    await sluice(["init"], { cwd: folder });
    await writeFile(join(folder, "conf/sluice.yml"), "concurrency:\n  limit: many\n");
    const { code, stderr } = await sluice(["run", "deploy.yml"], { cwd: folder });
    equal(code, 2);
    equal(stderr.includes("conf/sluice.yml:2:10"), true, stderr);
  }));
