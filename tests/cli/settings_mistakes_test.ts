import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = "w: {type: Workflow, jobs: {a: {stages: [{name: s, bash: echo x > ran}]}}}\n";

async function inFolder(settings: string, body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-settings-"));
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf/w.yml"), WORKFLOW);
    await writeFile(join(cwd, "conf/sluice.yml"), settings);
    await body(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

const ALL_WRONG = `
timeot: 3
audit: [file, {type: bogus}]
journal: sqlit
trace_handlers: [{type: file, pth: x}]
concurrency: {x: 1}
retention: {runs: {kep: 3}}
http: {tokens: [{name: x, sha: 1}]}
secrets: [{type: dotenv, paht: .env}]
trace: {x: 1}
`;

test("sluice check tells all mistakes of the settings, each with its place", () =>
  inFolder(ALL_WRONG, async (cwd) => {
    const { code, stdout } = await sluice(["check", "--json"], { cwd });
    equal(code, 2);
    const found: readonly { line: number; column: number; severity: string }[] = JSON.parse(stdout);
    deepEqual(
      [...new Set(found.map(({ line, column, severity }) => `${line}:${column} ${severity}`))],
      [
        ...["2:1 error", "3:15 error", "4:10 error", "5:18 error", "6:15 error", "7:19 error"],
        ...["7:20 error", "8:17 error", "9:11 error", "9:26 error", "10:1 warning"],
      ],
    );
  }));

test("sluice check looks at the workflows, too, where the settings let it", () =>
  inFolder("retention: {runs: {kep: 3}}\n", async (cwd) => {
    const { code, stderr } = await sluice(["check"], { cwd });
    equal(code, 2);
    match(stderr, /conf\/sluice\.yml:1:20 error\[key-unknown\] Unknown key "kep"/);
    match(stderr, /1 workflow, 2 errors/);
  }));

for (
  const [name, settings] of [
    ["secrets", "secrets: [{type: dotenv, paht: .env}]\n"],
    ["audit", "audit: {type: bogus}\n"],
  ]
) {
  test(`sluice run begins nothing where the settings are wrong under "${name}"`, () =>
    inFolder(settings ?? "", async (cwd) => {
      const { code, stderr } = await sluice(["run", "w"], { cwd });
      notEqual(code, 0);
      match(stderr, /Unknown key "paht"|Cannot open the audit "bogus": installed are/);
      equal(existsSync(join(cwd, "ran")), false);
    }));
}
