import assert from "node:assert/strict";
import process from "node:process";
import type { SpawnResult } from "../../core/plugin/ports.ts";
import { openHost, terminal, thisWriter, writerLives } from "../../platform/mod.ts";
import { test } from "../harness.ts";

const host = openHost();
const RUN = host.runtime === "deno" ? ["run", "-A", "--no-check", "--no-config"] : ["run"];

/** Runs a program that imports the platform, in the runtime that runs this test. */
async function program(
  code: string,
  options: { readonly args?: readonly string[]; readonly stdin?: string } = {},
): Promise<SpawnResult> {
  const { args = [], ...rest } = options;
  const folder = await host.makeTempFolder("sluice-test-");
  try {
    const url = import.meta.resolve("../../platform/mod.ts");
    await host.writeText(`${folder}/main.ts`, `import * as platform from "${url}";\n${code}`);
    return await host.spawn(process.execPath, {
      args: [...RUN, `${folder}/main.ts`, ...args],
      env: host.env(),
      ...rest,
    });
  } finally {
    await host.remove(folder);
  }
}

test("exit() ends the process with its code", async () => {
  assert.equal((await program("platform.exit(7)")).exitCode, 7);
});

test("args() gives what follows the program", async () => {
  const { stdout } = await program("console.log(JSON.stringify(platform.args()))", {
    args: ["run", "two words"],
  });
  assert.equal(stdout, '["run","two words"]\n');
});

test("readStdin() reads all of it", async () => {
  const { stdout } = await program("console.log((await platform.readStdin()).length)", {
    stdin: "ü".repeat(200_000),
  });
  assert.equal(stdout, "200000\n");
});

test("onSignal() takes a signal until it is disposed", async () => {
  const { stdout, signal } = await program(`
    import process from "node:process";
    const { promise, resolve } = Promise.withResolvers();
    const waiting = setTimeout(() => {}, 60_000);
    const taken = platform.onSignal("SIGTERM", resolve);
    process.kill(process.pid, "SIGTERM");
    await promise;
    taken[Symbol.dispose]();
    console.log("taken");
    process.kill(process.pid, "SIGTERM");
  `);
  assert.equal(stdout, "taken\n");
  assert.equal(signal, "SIGTERM");
});

test("terminal() knows a pipe", async () => {
  const { stdout } = await program("console.log(JSON.stringify(platform.terminal()))");
  assert.deepEqual(JSON.parse(stdout), {
    stdoutIsTty: false,
    stderrIsTty: false,
    columns: 80,
    rows: 24,
  });
  assert.ok(terminal().columns > 0);
});

test("thisWriter() stands for this process, anew each time", () => {
  const writer = thisWriter();
  assert.equal(writer.pid, process.pid);
  assert.notEqual(writer.id, thisWriter().id);
  assert.equal(writer.birth, thisWriter().birth);
  assert.ok(writerLives(writer));
});

test("writerLives() tells a dead process, and a later one with the same pid", async () => {
  const { stdout } = await program("console.log(JSON.stringify(platform.thisWriter()))");
  assert.equal(writerLives(JSON.parse(stdout)), false);
  assert.equal(writerLives({ ...thisWriter(), birth: "another birth" }), false);
});

test("writerLives() asks for the pid alone where there is no birth", () => {
  assert.equal(writerLives({ ...thisWriter(), birth: "" }), true);
});

test("writerLives() takes somebody else's process for alive", () => {
  assert.equal(writerLives({ id: "init", pid: 1, birth: "" }), true);
});
