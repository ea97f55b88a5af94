import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openHost } from "../../platform/mod.ts";
import { bash } from "../../stages/bash.ts";
import { test } from "../harness.ts";
import { localServer } from "./local_server.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";

const kind = bash();
const host = openHost();
const unavailable = await whyUnavailable();

/** Says why there is no sandbox on this machine, if there is none. */
async function whyUnavailable(): Promise<string | undefined> {
  if (await host.which("bwrap") === undefined) return '"bwrap" is not installed';
  const args = ["--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"];
  const { exitCode, stderr } = await host.spawn("bwrap", { args, env: { PATH: "/usr/bin:/bin" } });
  return exitCode === 0 ? undefined : `this system allows no user namespaces: ${stderr.trim()}`;
}

function sandboxTest(name: string, body: (folder: string) => Promise<void>): void {
  test(unavailable === undefined ? name : `${name} (skipped: ${unavailable})`, async () => {
    if (unavailable !== undefined) return;
    const folder = await mkdtemp(join(tmpdir(), "sluice-sandbox-"));
    try {
      await body(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

type Written = NonNullable<Parameters<typeof carryOut>[1]>[string];

function run(script: string, sandbox: Written, surroundings?: Surroundings) {
  return carryOut(kind, { bash: script, sandbox }, surroundings);
}

async function stdout(script: string, sandbox: Written, surroundings?: Surroundings) {
  return (await run(script, sandbox, surroundings)).outputs["stdout"];
}

sandboxTest("a script in a sandbox runs, with its values, environment and outputs", async () => {
  const surroundings = { names: { long: "x".repeat(200_000), short: "a 'b' $c" }, env: { A: "1" } };
  const script = 'echo "${{ short }}" $A; printf %s "${{ long }}" | wc -c; ' +
    'echo "rows=7" >>"$SLUICE_OUTPUT"; exit 0';
  const { outputs } = await run(script, "bubblewrap", surroundings);
  equal(outputs["stdout"], "a 'b' $c 1\n200000");
  equal(outputs["rows"], "7");
});

sandboxTest("a script that fails in a sandbox fails as any other", async () => {
  const error = await failure(run("echo so far; echo no >&2; exit 3", "bubblewrap"));
  deepEqual([error.details["return_code"], error.details["stdout"]], [3, "so far"]);
  match(error.message, /^Subprocess: no/);
});

sandboxTest("a sandbox shows nothing that the stage does not name", async (folder) => {
  await writeFile(join(folder, "secret"), "s3cr3t");
  const script =
    `cat ${folder}/secret; ls -A ${folder} "$HOME" /home /root /var /etc/shadow /opt; true`;
  const seen = await run(script, "bubblewrap");
  equal(JSON.stringify(seen).includes("s3cr3t"), false);
  equal(await stdout(`ls -A /tmp | grep -v sluice-; true`, "bubblewrap"), null);
  equal(await stdout("pwd; echo $HOME", "bubblewrap"), "/tmp\n/tmp");
});

sandboxTest("what may be read cannot be written, and what may be written can", async (folder) => {
  for (const name of ["in", "out"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "in", "rows"), "1 2 3");
  const sandbox = {
    ...{ type: "bubblewrap", read: [join(folder, "in")], write: [join(folder, "out")] },
  };
  const script = `cat ${folder}/in/rows; cp ${folder}/in/rows ${folder}/out/copy
    echo x >>${folder}/in/rows; echo x >${folder}/in/new; echo x >${folder}/other; echo x >/usr/x; true`;
  equal(await stdout(script, sandbox), "1 2 3");
  equal(await readFile(join(folder, "out", "copy"), "utf8"), "1 2 3");
  equal(await readFile(join(folder, "in", "rows"), "utf8"), "1 2 3");
});

sandboxTest("the working folder is shown where it is named", async () => {
  equal(await stdout("pwd", { type: "bubblewrap", read: ["."] }), host.cwd());
});

sandboxTest("a sandbox has no network unless it asks for one", async () => {
  await using server = await localServer((_, response) => response.end("inside"));
  const script =
    `exec 3<>/dev/tcp/127.0.0.1/${server.port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && tail -n1 <&3`;
  await failure(run(script, "bubblewrap"));
  equal(server.seen.length, 0);
  equal(await stdout(script, { type: "bubblewrap", net: true }), "inside");
});

sandboxTest("a sandbox sees no process but its own, and cannot end others", async () => {
  const pid = typeof Deno === "undefined" ? process.pid : Deno.pid;
  equal(await stdout(`test -e /proc/${pid} && echo there; true`, "bubblewrap"), null);
  const count = Number(await stdout("ls /proc | grep -c '^[0-9]'", "bubblewrap"));
  ok(count < 10, `${count} processes`);
});

sandboxTest("a sandbox ends with its stage, and all in it", async () => {
  const controller = new AbortController();
  const script = "echo begun; (trap '' TERM; sleep 300) & sleep 300";
  const onPrint = () => controller.abort();
  const error = await failure(run(script, "bubblewrap", { signal: controller.signal, onPrint }));
  equal(error.name, "AbortError");
});

sandboxTest("the settings' sandbox holds where a stage does not say", async () => {
  const policy = { policy: { sandbox: "bubblewrap" as const } };
  equal((await carryOut(kind, { bash: "pwd" }, policy)).outputs["stdout"], "/tmp");
  equal(await stdout("pwd", "none", policy), host.cwd());
});

sandboxTest("a folder that is not there is told before anything runs", async () => {
  const error = await failure(run("true", { type: "bubblewrap", read: ["/no/such"] }));
  match(error.message, /Cannot show "\/no\/such" in the sandbox/);
  equal(error.retryable, false);
});

test("where bubblewrap is not installed, a script that wants it does not run", async () => {
  const bare = { ...host, which: () => Promise.resolve(undefined) };
  const error = await failure(run("true", "bubblewrap", { host: bare }));
  match(error.message, /"bwrap" is not installed; install bubblewrap/);
  equal(error.retryable, false);
});

test("where the system allows no sandbox, its reason is told", async () => {
  const stderr = "bwrap: No permissions to create new namespace\n";
  const spawn = () =>
    Promise.resolve({ exitCode: 1, signal: null, stdout: "", stderr, truncated: false });
  const refusing = { ...host, which: () => Promise.resolve("/usr/bin/bwrap"), spawn };
  const error = await failure(run("true", "bubblewrap", { host: refusing }));
  match(error.message, /Cannot make the sandbox: bwrap: No permissions/);
});

test("what a sandbox shows is never taken from a value", () => {
  const schema = z.strictObject(kind.fields);
  const written = { type: "bubblewrap", write: ["${{ params.folder }}"] };
  equal(schema.safeParse({ bash: "true", sandbox: written }).success, false);
});
