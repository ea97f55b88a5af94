import { deepEqual, equal, match } from "node:assert/strict";
import { tmpdir } from "node:os";
import { MAX_SHELL_SCRIPTS, shellcheck } from "../../cli/shellcheck.ts";
import { FakeHost, type FakeProgram } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/host.ts";
import { workflowsIn } from "../check/corpus.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TEXT = `w:
  type: Workflow
  params: {day: str}
  jobs:
    a:
      stages:
        - name: S
          bash: |
            cat \${{ params.day }}
            echo $unquoted
        - name: T
          bash: 'echo "$HOME"'
`;

function answering(comments: readonly unknown[], exitCode = 1): FakeProgram {
  return ({ print }) => {
    print(JSON.stringify({ comments }));
    return { exitCode };
  };
}

async function said(program: FakeProgram | undefined, text = TEXT) {
  const warnings: string[] = [];
  const host = new FakeHost({ programs: program === undefined ? {} : { shellcheck: program } });
  const found = await shellcheck(workflowsIn({ name: "w", text }), {
    host,
    warn: (message) => warnings.push(message),
    signal: new AbortController().signal,
  });
  return {
    found: found.map(({ place: { span: { start } }, message }) =>
      `${start.line}:${start.column} ${message}`
    ),
    warnings,
    files: await host.listFiles("/"),
  };
}

const COMMENT = {
  ...{ line: 3, endLine: 3, column: 6, endColumn: 15, level: "info", code: 2086, fix: null },
  message: "Double quote to prevent globbing and word splitting.",
};

test("shellcheck() asks about all scripts at once and places what is said", async () => {
  const asked: string[][] = [];
  const { found, warnings, files } = await said((call) => {
    asked.push(call.args.filter((arg) => arg.endsWith(".sh")));
    return answering([{ ...COMMENT, file: call.args.at(-2) }])(call);
  });
  deepEqual([asked.length, asked[0]?.length], [1, 2]);
  deepEqual(found, ["10:18 SC2086: Double quote to prevent globbing and word splitting"]);
  deepEqual(warnings, []);
  deepEqual(files ?? [], []);
});

test("shellcheck() says nothing where it is not installed", async () => {
  deepEqual(await said(undefined).then(({ found, warnings }) => [found, warnings]), [[], []]);
});

test("shellcheck() does not tell what a comment asks not to hear of", async () => {
  const text = TEXT.replace("w:\n", "# sluice: ignore-file shellcheck\nw:\n");
  const { found } = await said(
    (call) => answering([{ ...COMMENT, file: call.args.at(-2) }])(call),
    text,
  );
  deepEqual(found, []);
});

for (
  const [what, program] of Object.entries<FakeProgram>({
    "fails": () => ({ exitCode: 3 }),
    "says what is no JSON": ({ print }) => print("<html>"),
    "says something else": ({ print }) => print('{"comments": [{"line": "one"}]}'),
  })
) {
  test(`shellcheck() warns of a program that ${what}, and leaves no files`, async () => {
    const { found, warnings, files } = await said(program);
    deepEqual(found, []);
    match(warnings.join(), /^Nothing is known of shellcheck/);
    deepEqual(files ?? [], []);
  });
}

test("shellcheck() asks once about scripts that are alike, and tells of each", async () => {
  const text = TEXT.replace("'echo \"$HOME\"'", "echo $unquoted").replace(
    /bash: \|\n.*\n\s+(.*)\n/,
    "bash: $1\n",
  );
  let asked = 0;
  const { found } = await said((call) => {
    asked = call.args.filter((arg) => arg.endsWith(".sh")).length;
    return answering([{ ...COMMENT, line: 2, endLine: 2, file: call.args.at(-1) }])(call);
  }, text);
  equal(asked, 1);
  deepEqual(found.map((line) => line.split(" ")[0]), ["8:22", "10:22"]);
});

test("shellcheck() asks about so many scripts and says that it does", async () => {
  const stages = Array.from(
    { length: MAX_SHELL_SCRIPTS + 1 },
    (_, i) => `{name: s${i}, bash: ls ${i}}`,
  );
  const text = `w: {type: Workflow, jobs: {a: {stages: [${stages.join(", ")}]}}}`;
  let asked = 0;
  const { warnings } = await said((call) => {
    asked = call.args.filter((arg) => arg.endsWith(".sh")).length;
    return answering([], 0)(call);
  }, text);
  equal(asked, MAX_SHELL_SCRIPTS);
  match(warnings.join(), /the first 1000 of 1001 scripts/);
});

if (await openHost().which("shellcheck") === undefined) {
  console.log("shellcheck is not installed: the tests that run it are left out");
} else {
  test("sluice check shows what shellcheck says, and ends well all the same", async () => {
    const run = (...args: readonly string[]) =>
      sluice(["check", "-", "--json", ...args], { cwd: tmpdir(), stdin: TEXT });
    const { code, stdout } = await run();
    equal(code, 0);
    const rows = JSON.parse(stdout).map((
      { line, column, code, message }: Record<string, string>,
    ) => `${line}:${column} ${code} ${message}`);
    deepEqual(rows.filter((row: string) => row.includes("SC2086")), [
      "10:18 shellcheck SC2086: Double quote to prevent globbing and word splitting",
    ]);
    // The template is a value of its own, already quoted; what is in the environment is known.
    equal(rows.some((row: string) => row.startsWith("9:") && row.includes("SC2086")), false);
    equal((await run("--no-shellcheck")).stdout, "[]\n");
  });
}
