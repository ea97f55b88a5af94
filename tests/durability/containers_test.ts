import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { COMMAND, README_FLAGS, sluice, withFlags } from "../command.ts";
import { eventually } from "../eventually.ts";
import { test } from "../harness.ts";

// It goes on until somebody writes `enough`. A daemon that left its group and its environment
// outlives everything: it inherits whatever the engine does not keep to itself.
const WORKFLOW = `
slow:
  type: Workflow
  jobs:
    write:
      stages:
        - name: append
          bash: |
            while [ ! -e enough ]; do echo "$SLUICE_KEY" >> marks; sleep 0.01; done
daemon:
  type: Workflow
  jobs:
    write:
      stages:
        - name: append
          bash: |
            env -i setsid sh -c 'while [ ! -e enough ]; do sleep 0.02; done; rm alive' >/dev/null 2>&1 &
            touch alive
            while [ ! -e enough ]; do echo "$SLUICE_KEY" >> marks; sleep 0.01; done
`;

const FIRST = "r/write[]/append#1";
const SECOND = "r/write[]/append#2";
const AT_WORK = /process \d+ is writing it/;

type Command = readonly [string, ...string[]];

/** What runs a program among processes of its own, as a container does, and ends them with itself. */
const CONTAINERS: readonly Command[] = [
  ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
  ["unshare", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"],
  ["bwrap", "--unshare-pid", "--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc"],
];
const CONTAINER = CONTAINERS.find(([program, ...args]) =>
  spawnSync(program, [...args, "true"]).status === 0
);

/** Under which flags engines run: Deno shows `/proc` only to who is allowed everything. */
const FLAGS: Readonly<Record<string, Command>> = {
  "": COMMAND,
  ...("Bun" in globalThis ? {} : { ", with the flags of the README": withFlags(README_FLAGS) }),
};

if (CONTAINER === undefined) {
  test("two containers: neither unshare nor bwrap gives a process its own processes here", () => {});
} else {
  for (const [flags, command] of Object.entries(FLAGS)) {
    const contained: Command = [...CONTAINER, ...command];

    test(`an engine in another container is not taken for dead${flags}`, () =>
      inFolder(async (cwd) => {
        const engine = await atWork(cwd, { command: contained });
        for (const args of [["resume", "r"], ["run", "w.yml", "-w", "slow", "--run-id", "r"]]) {
          const other = await sluice(args, { cwd, command: contained, killAfterMs: 20_000 });
          match(other.stderr, AT_WORK);
          equal(other.code, 1);
        }
        await more(cwd, { key: FIRST });
        await writeFile(join(cwd, "enough"), "");
        equal(await ended(engine), 0);
        deepEqual([...new Set(marks(cwd))], [FIRST], "the stage ran once");
        deepEqual(locks(cwd), [], "who ends leaves no file behind");
      }));

    test(`an engine that died in another container is told at once${flags}`, () =>
      inFolder(async (cwd) => {
        const engine = await atWork(cwd, { command: contained });
        await killed(engine);
        await goesOn(cwd, { command: contained });
      }));
  }
}

for (const [flags, command] of Object.entries(FLAGS)) {
  test(`an engine counts as dead though a process it started lives on${flags}`, () =>
    inFolder(async (cwd) => {
      const engine = await atWork(cwd, { command, workflow: "daemon" });
      await killed(engine);
      ok(existsSync(join(cwd, "alive")));
      await goesOn(cwd, { command });
    }));

  test(`an engine counts as dead though its process id was given away${flags}`, () =>
    inFolder(async (cwd) => {
      await killed(await atWork(cwd, { command }));
      const store = new DatabaseSync(join(cwd, ".sluice", "sluice.db"));
      store.prepare("UPDATE runs SET writer_pid = ?, writer_birth = ''").run(process.pid);
      store.close();
      await goesOn(cwd, { command });
    }));

  test(`a run of an earlier version is known by its process${flags}`, () =>
    inFolder(async (cwd) => {
      const engine = await atWork(cwd, { command });
      await rm(join(cwd, ".sluice", "engines"), { recursive: true });
      const other = await sluice(["resume", "r"], { cwd, command, killAfterMs: 20_000 });
      match(other.stderr, AT_WORK);
      await killed(engine);
      await goesOn(cwd, { command });
    }));
}

async function inFolder(body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-containers-"));
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    await body(cwd);
  } finally {
    await writeFile(join(cwd, "enough"), "");
    await eventually(() => !existsSync(join(cwd, "alive")), { what: "the daemon has ended" });
    await rm(cwd, { recursive: true, force: true });
  }
}

/** An engine in the middle of its stage. */
async function atWork(
  cwd: string,
  { command, workflow = "slow" }: { readonly command: Command; readonly workflow?: string },
): Promise<ChildProcess> {
  const [program, ...args] = command;
  const engine = spawn(program, [...args, "run", "w.yml", "-w", workflow, "--run-id", "r"], {
    cwd,
    env: process.env,
    stdio: "ignore",
  });
  await more(cwd, { key: FIRST, unless: ended(engine) });
  equal(engine.exitCode ?? engine.signalCode, null, "it gets to its stage");
  return engine;
}

function ended(engine: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const { exitCode, signalCode } = engine;
  if (exitCode !== null || signalCode !== null) return Promise.resolve(exitCode ?? signalCode);
  return new Promise((resolve) => engine.once("exit", (code, signal) => resolve(code ?? signal)));
}

async function killed(engine: ChildProcess): Promise<void> {
  engine.kill("SIGKILL");
  equal(await ended(engine), "SIGKILL");
}

/** Whoever comes next takes the run up, and it gets through. */
async function goesOn(cwd: string, { command }: { readonly command: Command }): Promise<void> {
  const resumed = sluice(["resume", "r"], { cwd, command, killAfterMs: 60_000 });
  await more(cwd, { key: SECOND, unless: resumed });
  await writeFile(join(cwd, "enough"), "");
  const { code, stderr } = await resumed;
  equal(code, 0, stderr);
  deepEqual([...new Set(marks(cwd))], [FIRST, SECOND]);
}

/** Returns once there are more lines of this attempt than now. */
async function more(
  cwd: string,
  { key, unless }: { readonly key: string; readonly unless?: Promise<unknown> },
): Promise<void> {
  const count = () => marks(cwd).filter((line) => line === key).length;
  const before = count();
  await eventually(() => count() > before, {
    what: `${key} writes`,
    ...(unless && { unless }),
  });
}

function marks(cwd: string): readonly string[] {
  const path = join(cwd, "marks");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}

function locks(cwd: string): readonly string[] {
  const folder = join(cwd, ".sluice", "engines");
  return existsSync(folder) ? readdirSync(folder) : [];
}
