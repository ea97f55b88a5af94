/** What somebody types who does not know the command yet, and what it answers. @module */
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPrinter } from "../../cli/printer.ts";
import { reportError } from "../../cli/report_error.ts";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";

const HELLO = `hello:
  type: Workflow
  params: { who: { type: str, default: world }, day: { type: date, required: true } }
  jobs:
    greet:
      stages: [{ name: Say, id: say, raise: "Hello, \${{ params.who }} on \${{ params.day }}" }]
`;

type Run = (...args: readonly string[]) => Promise<CommandResult>;

async function withHello(body: (run: Run, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-mistakes-"));
  try {
    await writeFile(join(folder, "hello.yml"), HELLO);
    await body((...args) => sluice(args, { cwd: folder }), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("sluice says what is wrong with a command line, in a line", async () => {
  const lines: readonly (readonly [args: string, said: string])[] = [
    ["run hello.yml twice", 'Too many arguments for "run": it takes 1, not 2'],
    ["help rnu", 'Unknown command "rnu"; did you mean "run"?'],
    ["complete", 'Missing required argument "SHELL"'],
    ["run .", 'Cannot read ".": it is a folder'],
    ["check .", 'Cannot read ".": it is a folder; "--conf ." checks all that is in it'],
    [
      "run hello.yml --timeout soon",
      'Cannot use --timeout "soon": it takes seconds, or a time such as 90s, 30m or 1h30m',
    ],
    [
      "graph hello.yml --format pdf",
      'Cannot use --format "pdf": choose one of text, mermaid, dot, svg',
    ],
    [
      "audit verify --head 3:x",
      'Cannot use --head "3:x": it takes what an earlier verification printed, a number, a colon and 64 characters',
    ],
    ["run hello.yml", 'Cannot run without parameter "day": give -p day=…'],
  ];
  await withHello(async (run) => {
    for (const [args, said] of lines) {
      const { code, stdout, stderr } = await run(...args.split(" "));
      deepEqual({ args, code, stdout, stderr }, {
        args,
        code: 2,
        stdout: "",
        stderr: `error: ${said}\n`,
      });
    }
  });
});

test("sluice help and --help print the help of a command", async () => {
  await withHello(async (run) => {
    for (const args of [["help", "run"], ["run", "--help"]]) {
      match((await run(...args)).stdout, /^Usage: sluice run /);
    }
    const { code, stdout } = await run("complete", "--help");
    equal(code, 0);
    match(stdout, /source <\(sluice complete bash\)/);
  });
});

test("sluice run warns of a parameter that the workflow does not declare", async () => {
  await withHello(async (run) => {
    const args = ["-p", "day=2026-01-31", "-p", "hwo=you", "--timeout", "1m"];
    const { stderr } = await run("run", "hello.yml", ...args);
    const [warning, ...lines] = stderr.trimEnd().split("\n");
    equal(warning, 'warning: Workflow "hello" declares no parameter "hwo"; did you mean "who"?');
    // What the stage failed of is told once.
    match(lines.at(-1) ?? "", /^hello: failed in \d+m?s$/);
  });
});

test("sluice explain writes a job without a matrix as its author did", async () => {
  await withHello(async (run) => {
    await run("run", "hello.yml", "-q", "-p", "day=2026-01-31");
    const { stdout } = await run("explain", "last", "greet/Say");
    match(stdout, /^Stage greet\/say \(Say\) failed$/m);
    const { code, stderr } = await run("explain", "last", "greet/sya");
    equal(code, 2);
    equal(stderr, 'error: Job "greet" has no stage "sya"; did you mean "say"?\n');
  });
});

test("sluice runs --json says of each run whether it was interrupted", async () => {
  await withHello(async (run) => {
    await run("run", "hello.yml", "-q", "-p", "day=2026-01-31");
    const { stdout } = await run("runs", "--json");
    const [listed] = JSON.parse(stdout);
    deepEqual([listed.status, listed.interrupted], ["FAILED", false]);
  });
});

test("sluice names a variable that it cannot use, once", async () => {
  await withHello(async (_, folder) => {
    const env = { WORKFLOW_CORE_TIMEOUT: "soon" };
    const { code, stderr } = await sluice(["run", "hello.yml"], { cwd: folder, env });
    equal(code, 2);
    equal(
      stderr,
      'error: Cannot use WORKFLOW_CORE_TIMEOUT: it is neither a number of seconds above 0 nor a text such as "30m"\n',
    );
  });
});

test("sluice list of a folder where all is wrong says what is, and does not ask for a first workflow", async () => {
  await withHello(async (run, folder) => {
    await mkdir(join(folder, "conf"));
    for (const name of ["one.yml", "two.yml"]) await writeFile(join(folder, "conf", name), HELLO);
    const { stderr } = await run("list");
    match(stderr, /error\[workflow-duplicate\]/);
    equal(stderr.includes("sluice init"), false);
  });
});

test("sluice run of a file with errors tells them, and keeps the hints for sluice check", async () => {
  await withHello(async (run, folder) => {
    const text = HELLO.replace("\${{ params.who }}", "you").replace(
      "stages:",
      "needs: [nope]\n      stages:",
    );
    await writeFile(join(folder, "broken.yml"), text);
    const [ran, checked] = [await run("run", "broken.yml"), await run("check", "broken.yml")];
    equal(ran.code, 2);
    match(ran.stderr, /error\[need-unknown\]/);
    equal(ran.stderr.includes("info["), false);
    match(checked.stderr, /info\[param-unused\]/);
  });
});

test("reportError() of a permission that Deno does not give says where all of them are listed", async () => {
  const lines: string[] = [];
  const printer = openPrinter(
    () => ({ stdoutIsTty: false, stderrIsTty: false, columns: 80, rows: 24 }),
    {},
  );
  const refused = new Error('Requires env access to "HOME", run again with the --allow-env flag');
  refused.name = "NotCapable";
  const code = await reportError(refused, { ...printer, tell: (line) => lines.push(line) });
  equal(code, 1);
  match(lines.join("\n"), /--allow-env flag; "sluice permissions WORKFLOW" lists all/);
});
