import { equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TEXT = `name: two
jobs:
  first: {stages: [{name: Say, echo: hi}]}
  second: {needs: [first], stages: [{name: Break, raise: "no"}]}
`;

test("sluice graph, show and timeline draw pictures", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-pictures-"));
  try {
    await writeFile(join(cwd, "two.yml"), TEXT);
    const run = (...args: readonly string[]) => sluice(args, { cwd });
    const planned = await run("graph", "two.yml", "--format", "svg");
    equal(planned.code, 0, planned.stderr);
    match(planned.stdout, /^<svg [\s\S]*data-job="second"[\s\S]*<\/svg>\n$/);
    equal((await run("run", "two.yml", "-q")).code, 1);
    const shown = await run("show", "last", "--format", "svg");
    match(shown.stdout, /data-job="second" data-status="failed"/);
    const timeline = await run("timeline", "last", "--format", "svg");
    match(timeline.stdout, /^<svg [\s\S]*<title>Break: failed, \d+ms<\/title>/);
    const text = await run("timeline", "last");
    match(text.stdout, /^✗ two \S+\n✓ first +\|/);
    const { rows } = JSON.parse((await run("timeline", "last", "--json")).stdout);
    equal(rows.length, 4);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});
