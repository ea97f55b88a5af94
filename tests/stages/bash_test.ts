import assert from "node:assert/strict";
import fc from "fast-check";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { parseOutputs } from "../../stages/bash/output_file.ts";
import { bash } from "../../stages/bash.ts";
import { hostileTexts } from "../embed/filling.ts";
import { test } from "../harness.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";

const kind = bash();

function run(script: string, surroundings?: Surroundings) {
  return carryOut(kind, { bash: script }, surroundings);
}

async function stdout(script: string, surroundings?: Surroundings): Promise<unknown> {
  return (await run(script, surroundings)).outputs["stdout"];
}

test("bash gives the exit code and what was printed, without newlines around it", async () => {
  const { outputs, lines } = await run('echo "Hello World";\nVAR=\'Foo\';\necho "Variable $VAR";');
  assert.deepEqual(outputs, {
    return_code: 0,
    stdout: "Hello World\nVariable Foo",
    stderr: null,
  });
  assert.deepEqual(lines, ["Hello World", "Variable Foo"]);
  assert.equal(await stdout("printf '\\n\\n a \\n\\n'"), " a ");
});

test("bash exports the declared environment, and reads $$NAME as the reference does", async () => {
  assert.equal(await stdout('echo "ENV $$FOO";', { env: { FOO: "Bar" } }), "ENV Bar");
  assert.equal(await stdout("env | grep ^FOO=", { env: { FOO: "a 'b' $c" } }), "FOO=a 'b' $c");
});

test("bash leaves the shell's own variables to the shell", async () => {
  assert.equal(await stdout("X=5; echo ${X} ${X:-9} $X"), "5 5 5");
});

test("bash tells a script which attempt of which stage it is", async () => {
  const script = "echo $SLUICE_RUN_ID $SLUICE_ATTEMPT $SLUICE_KEY";
  assert.equal(await stdout(script, { attempt: 3 }), "run 3 run/job[]/stage#3");
});

test("bash fails with the reference's message and keeps what was printed", async () => {
  const script = 'echo so far\necho "Test Raise Error" >&2;\nexit 3;';
  const error = await failure(run(script));
  assert.ok(error instanceof StageError);
  assert.equal(
    error.message,
    'Subprocess: Test Raise Error\n\t```bash\n\techo so far\n\techo "Test Raise Error" >&2;\n\texit 3;\n\t```',
  );
  assert.deepEqual(error.details, { return_code: 3, stdout: "so far", stderr: "Test Raise Error" });
});

test("bash quotes a failed script as it was written, without its values", async () => {
  const error = await failure(
    run("echo ${{ secret }} >/dev/null; exit 1", { names: { secret: "hunter2" } }),
  );
  assert.match(error.message, /echo \$\{\{ secret \}\}/);
  assert.doesNotMatch(error.message, /hunter2|SLUICE_VALUE/);
});

test("bash goes on behind a command that fails, as the reference's shell does", async () => {
  assert.equal(await stdout("false; echo on"), "on");
});

test("bash fails when a signal ends the script", async () => {
  const error = await failure(run("echo before; kill -9 $$$$$$$$; echo after"));
  assert.deepEqual(error.details, { return_code: -9, stdout: "before", stderr: null });
  assert.match(error.message, /^Subprocess: The script was ended by SIGKILL\n/);
});

test("bash replaces bytes that are no UTF-8", async () => {
  assert.equal(await stdout("printf '\\377'"), "\ufffd");
});

test("bash streams lines of both streams", async () => {
  const { lines } = await run("echo one; echo two >&2");
  assert.deepEqual(lines.toSorted(), ["! two", "one"]);
});

test("bash counts lines as the author does", async () => {
  const error = await failure(
    run("true ${{ a }}\n\nno-such-command\n", { names: { a: 1 } }).then(
      ({ outputs }) => Promise.reject(new StageError(String(outputs["stderr"]))),
    ),
  );
  assert.match(error.message, /line 3: no-such-command/);
});

test("bash hands any text to a script byte for byte, and not to what the script starts", async () => {
  await fc.assert(
    fc.asyncProperty(hostileTexts, async (values) => {
      const names = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
      const prints = values.map((_, index) => `printf '%s\\0' \${{ v${index} }}`);
      const { outputs } = await run(`${prints.join("\n")}\nenv | grep -c SLUICE_VALUE; :`, {
        names,
      });
      const printed = values.map((value) => `${value}\0`).join("") + "0";
      assert.equal(outputs["stdout"], printed.replace(/^\n+/, ""));
    }),
    { numRuns: 10 },
  );
});

test("bash hands over values and scripts that are too long for an argument", async () => {
  const long = `${"é'$(touch x)\n".repeat(40_000)}\n\n`;
  const many = Array.from({ length: 20 }, (_, index) => `${index}${"x".repeat(30_000)}`);
  const names = Object.fromEntries([long, ...many].map((value, index) => [`v${index}`, value]));
  const script = [
    ...Object.keys(names).map((name) => `printf '%s\\0' "\${{ ${name} }}" | sha256sum`),
    "env | grep -c SLUICE_VALUE",
    'echo "$0 $(true)" >&2',
    `: ${"x".repeat(200_000)}`,
  ].join("\n");
  const digests = await Promise.all(
    Object.values(names).map(async (value) => {
      const bytes = new TextEncoder().encode(`${value}\0`);
      return `${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}  -`;
    }),
  );
  assert.deepEqual(String(await stdout(script, { names })).split("\n"), [...digests, "0"]);
});

test("bash refuses NUL, which no process can be given", async () => {
  const error = await failure(run("echo ${{ a }}", { names: { a: "x\0y" } }));
  assert.match(error.message, /NUL/);
  assert.equal(error.retryable, false);
  assert.match((await failure(run("echo", { env: { A: "\0" } }))).message, /"A".*NUL/);
});

test("bash ends the script's tree when the stage is cancelled, and lets the reason through", async () => {
  const abort = new AbortController();
  const error = await failure(run("echo ready; sleep 300 & wait", {
    signal: abort.signal,
    onPrint: () => abort.abort(new Error("Cancelled")),
  }));
  assert.equal(error.message, "Cancelled");
});

test("bash takes outputs from the file that SLUICE_OUTPUT names", async () => {
  const { outputs } = await run(
    'echo "version=1.2=3" >> "$SLUICE_OUTPUT"\nprintf "notes<<END\\na\\n\\nb\\nEND\\n" >> $SLUICE_OUTPUT',
  );
  assert.deepEqual(outputs, {
    version: "1.2=3",
    notes: "a\n\nb",
    return_code: 0,
    stdout: null,
    stderr: null,
  });
  assert.deepEqual((await run("echo $SLUICE_OUTPUT | wc -l")).outputs["stdout"], "1");
});

test("parseOutputs() refuses what is no output", () => {
  assert.throws(() => parseOutputs("no sign"), /line 1 is neither/);
  assert.throws(() => parseOutputs("a=1\n__proto__=x"), /line 2 has "__proto__"/);
  assert.throws(() => parseOutputs("stdout=x"), /"stdout"/);
  assert.throws(() => parseOutputs("a<<END\nx\n"), /line 1 is not ended by "END"/);
});

test("bash bounds its output file", async () => {
  const error = await failure(run('yes a=b | head -c 2000000 > "$SLUICE_OUTPUT"'));
  assert.match(error.message, /more than 1048576 bytes/);
});

test("bash says when it did not keep all that was printed", async () => {
  const { outputs } = await run("head -c 2000000 /dev/zero | tr '\\0' x");
  assert.deepEqual(outputs["truncated"], ["stdout"]);
  assert.equal(String(outputs["stdout"]).length, 1024 * 1024);
});
