/** The command as people and scripts use it: real processes. @module */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";
import { VERSION } from "../../version.ts";

const HELLO = `hello:
  type: Workflow
  desc: Greets someone.
  tags: [example]
  params:
    who: {type: str, default: world}
    times: {type: int, default: 1}
  jobs:
    greet:
      stages:
        - name: Say hello
          id: say
          bash: echo "Hello, \${{ params.who }}!"
`;

const FAIL = `fail:
  type: Workflow
  jobs:
    load:
      stages:
        - name: Read
          id: read
          raise: The data of yesterday is missing
    report:
      needs: [load]
      stages: [{name: Say, echo: never}]
`;

const SKIP = `skip:
  type: Workflow
  jobs:
    load:
      if: \${{ params.never }}
      stages: [{name: Read, echo: never}]
  params: {never: {type: bool, default: false}}
`;

const BROKEN = `broken:
  type: Workflow
  jobs:
    load:
      needs: [extrct]
      stages: [{name: Read, echo: hi}]
    extract:
      stages: [{name: Read, echo: hi}]
`;

const PAIR = `one:
  type: Workflow
  jobs: {a: {stages: [{name: Say, echo: from one}]}}
two:
  type: Workflow
  jobs: {a: {stages: [{name: Start, id: start, trigger: one}]}}
`;

type Run = (...args: readonly string[]) => Promise<CommandResult>;

/** Runs a test in a folder of its own with these files. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  body: (run: Run, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await body((...args) => sluice(args, { cwd: folder }), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("sluice --version prints the version in deno.json", async () => {
  const manifest = JSON.parse(await readFile(new URL("../../deno.json", import.meta.url), "utf8"));
  equal(VERSION, manifest.version);
  await inFolder({}, async (run) => {
    const { code, stdout, stderr } = await run("--version");
    deepEqual({ code, stdout, stderr }, { code: 0, stdout: `sluice ${VERSION}\n`, stderr: "" });
    equal(JSON.parse((await run("version", "--json")).stdout).version, VERSION);
  });
});

test("sluice init makes a workflow that runs, and overwrites nothing", async () => {
  await inFolder({}, async (run, folder) => {
    const made = await run("init");
    equal(made.code, 0);
    match(made.stderr, /^Made conf\/hello\.yml\. Run it with: sluice run hello$/m);
    equal((await run("check")).code, 0);
    const ran = await run("run", "hello", "-p", "who=you", "--json");
    equal(ran.code, 0, ran.stderr);
    equal(JSON.parse(ran.stdout).status, "SUCCESS");
    await writeFile(join(folder, "conf/hello.yml"), "mine");
    const again = await run("init");
    equal(again.code, 2);
    match(again.stderr, /it is there already, and stays as it is/);
    equal(await readFile(join(folder, "conf/hello.yml"), "utf8"), "mine");
  });
});

test("sluice run prints plain lines to standard error when it is piped", async () => {
  await inFolder({ "conf/hello.yml": HELLO }, async (run) => {
    const { code, stdout, stderr } = await run("run", "hello", "-p", "who=you");
    equal(code, 0);
    equal(stdout, "");
    const lines = stderr.trimEnd().split("\n").map((line) =>
      line.replace(/ in \S+$/, "").replace(/run \S+$/, "run")
    );
    deepEqual(lines, [
      "hello: run",
      "greet/Say hello | Hello, you!",
      "greet/Say hello: succeeded",
      "greet: succeeded",
      "hello: succeeded",
    ]);
  });
});

test("sluice run --json prints one document and nothing else", async () => {
  await inFolder({ "hello.yml": HELLO }, async (run) => {
    const { code, stdout, stderr } = await run("run", "hello.yml", "--json", "--run-id", "first");
    equal(code, 0);
    equal(stderr, "");
    deepEqual(JSON.parse(stdout), {
      run_id: "first",
      status: "SUCCESS",
      context: {
        jobs: {
          greet: {
            status: "SUCCESS",
            stages: {
              say: {
                outputs: { return_code: 0, stdout: "Hello, world!", stderr: null },
                status: "SUCCESS",
              },
            },
          },
        },
        status: "SUCCESS",
        params: { who: "world", times: 1 },
      },
      errors: [],
      failures: [],
    });
    const { context } = JSON.parse((await run("run", "hello.yml", "--json", "--info")).stdout);
    equal(typeof context.info.exec_latency, "number");
  });
});

test("sluice run ends with the exit code of what became of the run", async () => {
  await inFolder({ "fail.yml": FAIL, "skip.yml": SKIP }, async (run) => {
    const failed = await run("run", "fail.yml", "--json");
    equal(failed.code, 1);
    const { status, errors } = JSON.parse(failed.stdout);
    equal(status, "FAILED");
    ok(
      errors.some((error: { where: string; message: string }) =>
        error.where === "load.read" && error.message === "The data of yesterday is missing"
      ),
      failed.stdout,
    );
    const skipped = await run("run", "skip.yml", "--json");
    equal(skipped.code, 0);
    equal(JSON.parse(skipped.stdout).status, "SKIP");
  });
});

test("sluice run with a parameter that does not fit is invalid, as a document too", async () => {
  await inFolder({ "hello.yml": HELLO }, async (run, folder) => {
    const { code, stdout, stderr } = await run("run", "hello.yml", "-p", "times=x", "--json");
    equal(code, 2);
    const message = "Value can not convert to int, x, with base 10";
    deepEqual(JSON.parse(stdout).context, {
      jobs: {},
      status: "FAILED",
      errors: { name: "ParamError", message },
    });
    equal(stderr, `error: Cannot use parameter "times": ${message}\n`);
    equal((await readdir(folder)).includes(".sluice"), false);
  });
});

test("sluice run says what it does not find, and what may have been meant", async () => {
  await inFolder({ "conf/hello.yml": HELLO, "pair.yml": PAIR }, async (run) => {
    const said = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await run("run", ...args);
      deepEqual({ code, stdout }, { code: 2, stdout: "" });
      return stderr.trimEnd();
    };
    equal(
      await said("helo"),
      'error: There is no workflow "helo" in "./conf"; did you mean "hello"?',
    );
    equal(
      await said("nope.yml"),
      'error: Cannot read "nope.yml": there is no such file or folder',
    );
    equal(
      await said("pair.yml"),
      'error: There are 2 workflows in "pair.yml": choose one with --workflow: "one", "two"',
    );
    equal(
      await said("pair.yml#tow"),
      'error: There is no workflow "tow" in "pair.yml"; did you mean "two"?',
    );
  });
});

test("a file that is run finds the workflows beside it", async () => {
  await inFolder({ "flows/pair.yml": PAIR }, async (run) => {
    const { code, stdout, stderr } = await run("run", "flows/pair.yml#two", "--json");
    equal(code, 0, stderr);
    equal(JSON.parse(stdout).context.jobs.a.stages.start.status, "SUCCESS");
  });
});

test("sluice run - reads standard input", async () => {
  await inFolder({}, async (_run, folder) => {
    const { code, stderr } = await sluice(["run", "-", "-q"], { cwd: folder, stdin: HELLO });
    deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const broken = await sluice(["check", "-"], { cwd: folder, stdin: BROKEN });
    equal(broken.code, 2);
    match(broken.stderr, /^<stdin>:5:15 error\[need-unknown\]/m);
  });
});

test("sluice check shows each mistake with its line", async () => {
  await inFolder({ "conf/broken.yml": BROKEN, "conf/hello.yml": HELLO }, async (run) => {
    const { code, stdout, stderr } = await run("check");
    equal(code, 2);
    equal(stdout, "");
    match(stderr, /^\.\/conf\/broken\.yml:5:15 error\[need-unknown\] .*did you mean "extract"\?$/m);
    ok(stderr.includes("\n5 |       needs: [extrct]\n  |               ^^^^^^\n"), stderr);
    match(stderr, /^2 workflows, 1 error, no warnings$/m);
    const json = await run("check", "conf/broken.yml", "--format", "json");
    equal(json.code, 2);
    const [first] = JSON.parse(json.stdout);
    deepEqual(
      { ...first, message: "" },
      {
        file: "conf/broken.yml",
        line: 5,
        column: 15,
        code: "need-unknown",
        severity: "error",
        message: "",
      },
    );
  });
});

test("sluice list lists what is right and reports what is broken", async () => {
  const files = { "conf/hello.yml": HELLO, "conf/bad.yml": "a: {type: Workflow, jbs: {}}" };
  await inFolder(files, async (run) => {
    const { code, stdout, stderr } = await run("list");
    equal(code, 0);
    equal(
      stdout,
      "NAME   STARTS   FILE            DESCRIPTION\n" +
        "hello  by hand  conf/hello.yml  Greets someone.\n",
    );
    match(stderr, /conf\/bad\.yml:1:21 error/);
    const json = JSON.parse((await run("list", "--json", "--tag", "example")).stdout);
    deepEqual(json.map(({ name }: { name: string }) => name), ["hello"]);
    deepEqual(JSON.parse((await run("list", "--json", "--tag", "other")).stdout), []);
  });
});

test("sluice runs, show and logs tell of earlier runs", async () => {
  await inFolder({ "conf/hello.yml": HELLO, "conf/fail.yml": FAIL }, async (run) => {
    await run("run", "hello", "--run-id", "first", "-q");
    await run("run", "fail", "--run-id", "second", "-q");
    const stdoutOf = async (...args: readonly string[]) => (await run(...args)).stdout;
    const jsonOf = async (...args: readonly string[]) =>
      JSON.parse(await stdoutOf(...args, "--json"));

    await Promise.all([
      stdoutOf("runs").then((table) => {
        const rows = table.trimEnd().split("\n");
        match(rows[1] ?? "", /^second +FAILED +fail /);
        match(rows[2] ?? "", /^first +SUCCESS +hello /);
      }),
      jsonOf("runs", "--status", "failed").then((runs) => equal(runs[0].run_id, "second")),
      stdoutOf("show", "last").then((text) =>
        match(text, /✗ Read .*\n +StageError: The data of yesterday/)
      ),
      stdoutOf("show", "fir").then((text) => match(text, /✓ Say hello .*\n +│ Hello, world!/)),
      jsonOf("show", "first").then(({ context }) => equal(context.status, "SUCCESS")),
      jsonOf("show", "first", "--at", "2").then(({ state }) => equal(state.run.phase, "running")),
      jsonOf("show", "first", "--events").then((events) =>
        equal(events.at(-1).type, "run.settled")
      ),
      stdoutOf("logs", "first").then((text) => equal(text, "greet/Say hello | Hello, world!\n")),
      stdoutOf("logs", "first", "greet/Say hello").then((text) => equal(text, "Hello, world!\n")),
      stdoutOf("logs", "first", "greet/say").then((text) =>
        equal(text, "greet/Say hello | Hello, world!\n")
      ),
    ]);
    const unknown = await run("logs", "first", "Say helo");
    equal(unknown.code, 2);
    match(unknown.stderr, /did you mean "Say hello"\?/);
    equal((await run("show", "third")).code, 2);
  });
});

test("looking for runs makes no folder", async () => {
  await inFolder({}, async (run, folder) => {
    const looks = [["runs"], ["show", "last"], ["resume"], ["complete", "--", "show", ""]];
    await Promise.all(looks.map((args) => run(...args)));
    deepEqual(await readdir(folder), []);
  });
});

test("sluice plan and graph show a workflow without running it", async () => {
  await inFolder({ "fail.yml": FAIL }, async (run, folder) => {
    const plan = await run("plan", "fail.yml");
    equal(plan.code, 0);
    match(plan.stdout, /^fail {2}2 jobs · 2 at once/);
    match(plan.stdout, /^ {2}report {2}after load$/m);
    const graph = await run("graph", "fail.yml");
    equal(graph.stdout, "fail\n└─ load\n   └─ report\n");
    match((await run("graph", "fail.yml", "--format", "mermaid")).stdout, /^flowchart LR\n/);
    match((await run("graph", "fail.yml", "--format", "dot")).stdout, /^digraph "fail" \{\n/);
    equal((await readdir(folder)).includes(".sluice"), false);
  });
});

test("sluice schema prints a schema that knows each kind of stage", async () => {
  await inFolder({}, async (run) => {
    const { code, stdout } = await run("schema");
    equal(code, 0);
    const schema = JSON.stringify(JSON.parse(stdout));
    for (const key of ["bash", "raise", "trigger", "foreach", "parallel", "until", "case"]) {
      ok(schema.includes(`"${key}"`), key);
    }
  });
});

test("sluice complete answers a shell, and teaches it to ask", async () => {
  await inFolder({ "conf/hello.yml": HELLO, "etl.yml": FAIL }, async (run) => {
    const offered = async (...words: readonly string[]) => {
      const { stdout } = await run("complete", "--", ...words);
      return stdout.split("\n").slice(0, -2).map((line) => line.split("\t")[0]);
    };
    deepEqual(await offered("res"), ["resume"]);
    deepEqual(await offered("run", "h"), ["hello"]);
    deepEqual(await offered("run", "et"), ["etl.yml"]);
    deepEqual(await offered("graph", "hello", "--format", ""), ["text", "mermaid", "dot", "svg"]);
    deepEqual(await offered("run", "hello", "--ti"), ["--timeout"]);
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const { code, stdout } = await run("complete", shell);
      equal(code, 0);
      ok(/sluice complete .?--/.test(stdout), shell);
    }
    equal((await run("complete", "tcsh")).code, 2);
  });
});
