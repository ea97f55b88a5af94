import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const ETL = `etl:
  type: Workflow
  params: {rows: {type: int, default: 3}, full: {type: bool, default: false}}
  jobs:
    extract:
      stages:
        - {name: Read, id: read, echo: five}
        - {name: Big, id: big, if: "params.rows > 10 || params.full", echo: big}
    load:
      needs: [extract]
      strategy: {matrix: {part: [a, b]}, fail-fast: false}
      stages:
        - {name: Case, id: case, if: "\${{ matrix.part == 'b' }}", raise: no rows}
        - {name: After, id: after, echo: after}
    report: {needs: [load], stages: [{name: R, echo: r}]}
    clean: {needs: [load], if: "\${{ needs.load.result == 'failure' }}", stages: [{name: C, echo: c}]}
`;

test("sluice explain says why jobs and stages ran, were skipped or failed", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-explain-"));
  try {
    await writeFile(join(cwd, "etl.yml"), ETL);
    equal((await sluice(["run", "etl.yml", "-q", "--run-id", "one"], { cwd })).code, 1);
    const said = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await sluice(["explain", ...args], { cwd });
      equal(code, 0, stderr);
      return stdout.trimEnd().replace(/took \S+/g, "took a while").split("\n");
    };
    deepEqual((await said("last", "extract/big")).slice(2), [
      "Stage extract/big (Big) was skipped: its condition is false",
      "  if params.rows > 10 || params.full → false",
      "    params.rows > 10 → false",
      "      params.rows → 3",
      "    params.full → false",
    ]);
    deepEqual(await said("one", "report"), [
      "Run one failed",
      "",
      'Job report was skipped: its rule all_success is not met: "load" failed',
      "  needs load: failure",
      "  rule all_success",
      "  because load[part=b]/case failed: StageError: no rows",
    ]);
    deepEqual((await said("one", "clean")).slice(2), [
      "Job clean succeeded",
      "  needs load: failure",
      "  if ${{ needs.load.result == 'failure' }} → true",
      "    needs.load.result → 'failure'",
      "  attempt 1 took a while",
    ]);
    deepEqual((await said("one", "load[part=b]/after")).slice(2), [
      "Stage load[part=b]/after (After) was never reached",
      "  because load[part=b]/case failed: StageError: no rows",
    ]);
    deepEqual((await said("one")).slice(0, 4), [
      "Run one failed",
      "  because load[part=b]/case failed: StageError: no rows",
      "",
      "Job extract succeeded",
    ]);
    const { stdout } = await sluice(["explain", "one", "load/case", "--json"], { cwd });
    const { status, cause, parts } = JSON.parse(stdout);
    deepEqual([status, cause.address], ["FAILED", "load[part=b]/case"]);
    deepEqual(
      parts.map((part: { address: string; status: string; condition: { end: unknown } }) => [
        part.address,
        part.status,
        part.condition.end,
      ]),
      [
        ["load[part=a]/case", "SKIP", { kind: "value", shown: "false", holds: false }],
        ["load[part=b]/case", "FAILED", { kind: "value", shown: "true", holds: true }],
      ],
    );
    const wrong = await sluice(["explain", "one", "lod"], { cwd });
    equal(wrong.code, 2);
    match(wrong.stderr, /Run "one" has no job "lod"; did you mean "load"\?/);
    equal((await sluice(["explain", "one", "load/none"], { cwd })).code, 2);
  } finally {
    await rm(cwd, { recursive: true });
  }
});
