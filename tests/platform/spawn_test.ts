import assert from "node:assert/strict";
import process from "node:process";
import { HostError, MAX_LINE_LENGTH, type SpawnOptions } from "../../core/plugin/ports.ts";
import { openHost, systemClock } from "../../platform/mod.ts";
import { test } from "../harness.ts";

const host = openHost();
const PATH = host.env()["PATH"] ?? "";

function bash(script: string, options: SpawnOptions = {}) {
  return host.spawn("bash", { args: ["-c", script], ...options });
}

/** Resolves once the process is gone: killed processes may linger until they are reaped. */
async function gone(pid: number): Promise<void> {
  const { exitCode } = await host.spawn("bash", {
    args: [
      "-c",
      `for i in {1..500}; do read -r _ _ state _ < /proc/${pid}/stat || exit 0; [ "$state" = Z ] && exit 0; sleep 0.01; done; exit 1`,
    ],
    env: { PATH },
  });
  assert.equal(exitCode, 0, `process ${pid} still runs`);
}

test("spawn() gives the exit code and both streams", async () => {
  const result = await bash("echo out; echo err >&2; exit 3");
  assert.deepEqual(result, {
    exitCode: 3,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
    truncated: false,
  });
});

test("spawn() names the signal that ended a process", async () => {
  const result = await bash("kill -9 $$");
  assert.equal(result.exitCode, null);
  assert.equal(result.signal, "SIGKILL");
});

test("spawn() starts a process with exactly the environment it is given", async () => {
  const env = await host.which("env") ?? "";
  const { stdout } = await host.spawn(env, { env: { ONE: "1", TWO: "two words\nand a line" } });
  assert.equal(stdout, "ONE=1\nTWO=two words\nand a line\n");
});

test("spawn() passes arguments and standard input as they are", async () => {
  const hostile = "$(touch x) `y` \" ' \\ \n * ünï 🦕";
  const { stdout } = await bash('printf "%s|" "$@"; cat', {
    args: ["-c", 'printf "%s|" "$@"; cat', "bash", hostile, ""],
    env: { PATH },
    stdin: hostile,
  });
  assert.equal(stdout, `${hostile}||${hostile}`);
});

test("spawn() gives an empty standard input where there is none", async () => {
  assert.equal((await bash("cat; echo end", { env: { PATH } })).stdout, "end\n");
});

test("spawn() ignores a process that does not read its input", async () => {
  const { exitCode } = await bash("exit 0", { stdin: "x".repeat(1_000_000) });
  assert.equal(exitCode, 0);
});

test("spawn() starts a process in the folder it is given", async () => {
  assert.equal((await bash("pwd", { cwd: "/" })).stdout, "/\n");
});

test("spawn() makes the process the first of its group", async () => {
  const { stdout } = await bash("read -r pid _ _ _ group _ < /proc/$$/stat; echo $pid $group");
  const [pid, group] = stdout.trim().split(" ");
  assert.equal(group, pid);
});

test("spawn() says what is missing", async () => {
  await assert.rejects(host.spawn("no-such-program"), (error) => {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, "ENOENT");
    assert.match(error.message, /"no-such-program"/);
    return true;
  });
  await assert.rejects(bash("true", { cwd: "/no/such/folder" }), { code: "ENOENT" });
});

test("spawn() streams lines of both streams without their ends", async () => {
  const lines: string[] = [];
  await bash("printf 'one\\r\\n\\ntwo\\nlast'; printf 'err\\n' >&2", {
    onLine: (stream, line) => lines.push(`${stream}:${line}`),
  });
  assert.deepEqual(lines.filter((line) => line.startsWith("stdout")), [
    "stdout:one",
    "stdout:",
    "stdout:two",
    "stdout:last",
  ]);
  assert.deepEqual(lines.filter((line) => line.startsWith("stderr")), ["stderr:err"]);
});

test("spawn() replaces invalid UTF-8 and keeps a byte order mark", async () => {
  const lines: string[] = [];
  const { stdout } = await bash("printf '\\357\\273\\277a\\377b\\n\\342'", {
    onLine: (_, line) => lines.push(line),
  });
  assert.equal(stdout, "\ufeffa\ufffdb\n\ufffd");
  assert.deepEqual(lines, ["\ufeffa\ufffdb", "\ufffd"]);
});

test("spawn() splits a line that is longer than the bound, between characters", async () => {
  const lines: string[] = [];
  const length = MAX_LINE_LENGTH - 1;
  await bash(`printf '%*s🦕tail\\nnext\\n' ${length} ''`, {
    onLine: (_, line) => lines.push(line),
  });
  assert.deepEqual(lines, [" ".repeat(length), "🦕tail", "next"]);
});

test("spawn() keeps the beginning of what is too long, whole characters only", async () => {
  const lines: string[] = [];
  const result = await bash("printf 'ab🦕cd\\n'", {
    keepBytes: 4,
    onLine: (_, line) => lines.push(line),
  });
  assert.equal(result.stdout, "ab");
  assert.equal(result.truncated, true);
  assert.deepEqual(lines, ["ab🦕cd"]);
});

test("spawn() streams a flood within its bounds", async () => {
  let count = 0;
  const result = await bash("yes 0123456789 | head -c 22000000", {
    env: { PATH },
    onLine: () => count++,
  });
  assert.equal(count, 2_000_000);
  assert.equal(result.stdout.length, 1024 * 1024);
  assert.equal(result.truncated, true);
});

test("spawn() ends the whole tree when its signal is aborted", async () => {
  const abort = new AbortController();
  const pids: number[] = [];
  const result = await bash("sleep 100 & echo $!; sleep 100 & echo $!; wait", {
    env: { PATH },
    signal: abort.signal,
    onLine: (_, line) => {
      if (pids.push(Number(line)) === 2) abort.abort();
    },
  });
  assert.equal(result.signal, "SIGTERM");
  await Promise.all(pids.map(gone));
});

test("spawn() kills a tree that ignores SIGTERM after the grace", async () => {
  const abort = new AbortController();
  const result = await bash("trap '' TERM; echo ready; while :; do sleep 0.01; done", {
    env: { PATH },
    signal: abort.signal,
    graceMs: 50,
    onLine: () => abort.abort(),
  });
  assert.equal(result.signal, "SIGKILL");
});

test("spawn() waits for what the grace lets others in the group finish", async () => {
  const abort = new AbortController();
  const { stdout } = await bash(
    `(trap 'sleep 0.05; echo cleaned; exit' TERM; echo ready; while :; do sleep 0.01; done) & wait`,
    { env: { PATH }, signal: abort.signal, onLine: () => abort.abort() },
  );
  assert.equal(stdout, "ready\ncleaned\n");
});

test("spawn() starts nothing when its signal is aborted already", async () => {
  await assert.rejects(bash("echo no", { signal: AbortSignal.abort(new Error("Not now")) }), {
    message: "Not now",
  });
});

test("spawn() reads what a background process still prints", async () => {
  assert.equal((await bash("(sleep 0.05; echo late) &", { env: { PATH } })).stdout, "late\n");
});

test("spawn() does not wait for a daemon that keeps the streams open", async () => {
  const { exitCode, stdout } = await bash(
    "setsid sleep 300 & echo $!; (trap '' TERM HUP; sleep 300) & echo $!",
    { env: { PATH } },
  );
  assert.equal(exitCode, 0);
  const [daemon, member] = stdout.trim().split("\n").map(Number);
  await gone(member!);
  await bash(`kill ${daemon}`);
});

test("spawn() ends a process whose lines nobody can take", async () => {
  await assert.rejects(
    bash("while :; do echo x; done", {
      onLine: () => {
        throw new Error("No more");
      },
    }),
    /No more/,
  );
});

test("which() finds programs and nothing else", async () => {
  assert.match(await host.which("bash") ?? "", /\/bash$/);
  assert.equal(await host.which("no-such-program"), undefined);
  assert.equal(await host.which("/etc/passwd"), undefined);
});

test("a program that moved is found where it is now, by the same host", async () => {
  const folder = await host.makeTempFolder("sluice-moved-");
  const path = process.env["PATH"];
  const [one, other] = [`${folder}/one`, `${folder}/other`];
  process.env["PATH"] = `${one}:${other}:${path}`;
  try {
    const daemon = openHost();
    const install = (place: string) =>
      daemon.writeText(`${place}/moving`, `#!/bin/sh\necho ${place}\n`, { mode: 0o755 });
    const said = async () => (await daemon.spawn("moving")).stdout.trimEnd();
    await install(one);
    assert.deepEqual([await daemon.which("moving"), await said()], [`${one}/moving`, one]);
    await daemon.remove(one);
    await install(other);
    assert.deepEqual([await said(), await daemon.which("moving")], [other, `${other}/moving`]);
    await daemon.remove(other);
    assert.equal(await daemon.which("moving"), undefined);
    await assert.rejects(said(), { code: "ENOENT" });
    await install(one);
    assert.equal(await said(), one);
  } finally {
    process.env["PATH"] = path;
    await host.remove(folder);
  }
});

test("systemClock.sleep() ends at its time or with the signal's reason", async () => {
  const abort = new AbortController();
  await systemClock.sleep(systemClock.now() - 1, abort.signal);
  await systemClock.sleep(systemClock.now() + 5, abort.signal);
  const sleeping = systemClock.sleep(systemClock.now() + 1_000_000, abort.signal);
  abort.abort(new Error("Enough"));
  await assert.rejects(sleeping, /Enough/);
  await assert.rejects(systemClock.sleep(0, abort.signal), /Enough/);
});

test("systemClock.pause() ends after its time or with the signal's reason, wherever the clock is put", async () => {
  const abort = new AbortController();
  const { now } = Date;
  try {
    const pausing = systemClock.pause(5, abort.signal);
    const startedMs = now();
    Date.now = () => startedMs - 3_600_000;
    await pausing;
    await systemClock.pause(5, abort.signal);
    await systemClock.pause(0, abort.signal);
  } finally {
    Date.now = now;
  }
  const pausing = systemClock.pause(Number.MAX_SAFE_INTEGER, abort.signal);
  abort.abort(new Error("Enough"));
  await assert.rejects(pausing, /Enough/);
  await assert.rejects(systemClock.pause(0, abort.signal), /Enough/);
});
