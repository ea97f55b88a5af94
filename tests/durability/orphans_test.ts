import { deepEqual, equal, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { COMMAND, README_FLAGS, sluice, withFlags } from "../command.ts";
import { eventually } from "../eventually.ts";
import { test } from "../harness.ts";

// It goes on until somebody writes `enough`; a line tells who is at it.
const WORKFLOW = `
writer:
  type: Workflow
  jobs:
    write:
      stages:
        - name: append
          bash: |
            while [ ! -e enough ]; do echo "$SLUICE_KEY" >> marks; sleep 0.01; done
`;

const FIRST = "orphans/write[]/append#1";
const SECOND = "orphans/write[]/append#2";

type Command = readonly [string, ...string[]];

/** Under which flags the engine runs: Deno shows no process to who is not allowed everything. */
const COMMANDS: Readonly<Record<string, (cwd: string) => Promise<Command>>> = {
  "": () => Promise.resolve(COMMAND),
  ...("Bun" in globalThis ? {} : {
    ", with the flags of the README": () => Promise.resolve(withFlags(README_FLAGS)),
    ", with exactly the flags of sluice permissions": async (cwd: string) => {
      const asked = await sluice(["permissions", "writer.yml", "--format", "flags"], { cwd });
      return withFlags(asked.stdout.trim().split(" "));
    },
  }),
};

const CASES = [["resume", "orphans"], ["run", "writer.yml", "--run-id", "orphans"]]
  .flatMap((args) => Object.keys(COMMANDS).map((flags) => ({ args, flags })));

for (const { args, flags } of CASES) {
  test(`"sluice ${args[0]}" ends what a killed engine left behind before it goes on${flags}`, async () => {
    const cwd = await mkdtemp(join(tmpdir(), "sluice-orphans-"));
    try {
      await writeFile(join(cwd, "writer.yml"), WORKFLOW);
      const command = await COMMANDS[flags]!(cwd);
      await killedWhileWriting(cwd, command);
      await more(cwd, { key: FIRST }); // Its child does not know that the engine is gone.
      const resumed = sluice(args, { cwd, command });
      // A command that fails is told below, by what it said.
      await more(cwd, { key: SECOND, unless: resumed });
      await more(cwd, { key: SECOND, unless: resumed });
      await writeFile(join(cwd, "enough"), "");
      const { code, stderr } = await resumed;
      equal(code, 0, stderr);
      const lines = marks(cwd);
      const turn = lines.indexOf(SECOND);
      ok(turn > 0);
      deepEqual([...new Set(lines.slice(0, turn))], [FIRST]);
      deepEqual([...new Set(lines.slice(turn))], [SECOND], "only one of them writes at a time");
    } finally {
      await writeFile(join(cwd, "enough"), "");
      await rm(cwd, { recursive: true, force: true });
    }
  });
}

/** Starts the run and kills its engine, and nothing else, in the middle of the stage. */
async function killedWhileWriting(cwd: string, command: Command): Promise<void> {
  const [program, ...args] = command;
  const engine = spawn(program, [...args, "run", "writer.yml", "--run-id", "orphans"], {
    cwd,
    env: process.env,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => engine.once("exit", (_, signal) => resolve(signal)));
  await more(cwd, { key: FIRST, unless: ended });
  engine.kill("SIGKILL");
  equal(await ended, "SIGKILL");
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
