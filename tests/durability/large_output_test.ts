import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const CHARS = 600_000;

const WORKFLOW = `
large:
  type: Workflow
  jobs:
    load:
      strategy: {max-parallel: 2, matrix: {n: [1, 2, 3, 4, 5, 6]}}
      stages: [{name: Print, id: print, bash: "head -c ${CHARS} /dev/zero | tr '\\\\0' x"}]
    count:
      needs: [load]
      stages:
        - name: Count
          id: count
          echo: "\${{ jobs.load.strategies['n=6'].stages.print.outputs.stdout | length }}"
        - {name: Fail, bash: test -e repaired}
`;

test("runs with large outputs are shown, resumed and replayed as ever, from a small journal", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-large-"));
  const run = (...args: readonly string[]) => sluice(args, { cwd });
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    equal((await run("run", "w.yml", "-q", "--run-id", "r")).code, 1);
    const { context } = JSON.parse((await run("show", "r", "--json")).stdout);
    const legs = Object.values<{ stages: { print: { outputs: { stdout: string } } } }>(
      context.jobs.load.strategies,
    );
    deepEqual(legs.map((leg) => leg.stages.print.outputs.stdout.length), Array(6).fill(CHARS));
    equal((await run("replay", "r")).code, 0);
    await writeFile(join(cwd, "repaired"), "");
    const again = await run("rerun", "r", "--workflow", "w.yml", "-q", "--run-id", "again");
    equal(again.code, 0, again.stderr);
    const bytes = (await stat(join(cwd, ".sluice", "sluice.db"))).size;
    equal(bytes < 3 * CHARS, true, `${bytes} bytes for twelve outputs`);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
