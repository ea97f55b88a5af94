import { deepEqual, equal, match } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { COMMAND, README_FLAGS, sluice, withFlags } from "../command.ts";
import { eventually } from "../eventually.ts";
import { test } from "../harness.ts";

/**
 * A stage that will not end: it ignores SIGTERM, and so do its child and a
 * grandchild that has left the process group. Each writes down who it is.
 */
const STUBBORN = `|
            trap '' TERM
            (setsid bash -c 'trap "" TERM; echo $$ >> pids; sleep 60; sleep 60' </dev/null >/dev/null 2>&1 &)
            (echo $BASHPID >> pids; while :; do sleep 0.05; done) &
            echo $$ >> pids
            while :; do sleep 0.05; done`;

interface Limits {
  readonly run?: string;
  readonly job?: string;
  readonly stage?: string;
  /** What another leg does, which fails. */
  readonly leg?: string;
}

function workflow({ run = "", job = "", stage = "", leg = "" }: Limits): string {
  return `
w:
  type: Workflow
  ${run}
  jobs:
    work:
      ${job}
      strategy: {max-parallel: 2, fail-fast: true, matrix: {n: [1${leg === "" ? "" : ", 2"}]}}
      stages:
        - name: fail
          if: \${{ matrix.n == 2 }}
          bash: "${leg === "" ? "true" : leg}"
        - name: stubborn
          ${stage}
          bash: ${STUBBORN}
        - {name: tidy, if: "\${{ always() }}", bash: "echo tidied >> tidied"}
    last:
      needs: [work]
      if: \${{ always() }}
      stages: [{name: last, bash: "echo last >> tidied"}]
`;
}

/** Every process has begun. */
const ALL_BEGUN = 3;

const ENDINGS: Readonly<Record<string, Limits>> = {
  "a run that is cancelled": {},
  "a run past its limit": { run: "timeout: 2" },
  "a job past its limit": { job: "timeout: 2" },
  "a stage past its limit": { stage: "timeout: 2" },
  "a leg whose sibling has failed": {
    leg: "while test $(wc -l < pids) -lt 3; do sleep 0.05; done; exit 1",
  },
};

// At once, since each of them waits for most of its time: for those who ignore SIGTERM.
test("whatever is ended early ends all that it started, whatever that ignores, and cleans up", async () => {
  await Promise.all(Object.entries(ENDINGS).map(([name, limits]) => endsAll(name, limits)));
});

if (!("Bun" in globalThis)) {
  test("so it is where Deno allows what the README says, and shows no process", async () => {
    const command = withFlags(README_FLAGS);
    await Promise.all(
      Object.entries(ENDINGS).map(([name, limits]) => endsAll(name, limits, { command })),
    );
  });
}

async function endsAll(
  name: string,
  limits: Limits,
  { command = COMMAND }: { readonly command?: typeof COMMAND } = {},
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-endings-"));
  const isCancelled = Object.keys(limits).length === 0;
  try {
    await writeFile(join(cwd, "w.yml"), workflow(limits));
    await writeFile(join(cwd, "pids"), "");
    const run = sluice(["run", "w.yml", "--run-id", "r"], { cwd, command });
    if (isCancelled) {
      await eventually(() => lines(cwd, "pids").length >= ALL_BEGUN, {
        what: "every process has begun",
        unless: run,
      });
      equal((await sluice(["cancel", "r"], { cwd })).code, 0);
    }
    const { code, stderr } = await run;
    equal(code, isCancelled ? 130 : 1, `${name}: ${stderr}`);
    equal(lines(cwd, "pids").length, ALL_BEGUN, `${name}: ${stderr}`);
    deepEqual(lines(cwd, "pids").filter(isAlive), [], `${name}: ${stderr}`);
    const legs = limits.leg === undefined ? 1 : 2;
    deepEqual(lines(cwd, "tidied"), [...Array(legs).fill("tidied"), "last"], `${name}: ${stderr}`);
    // A stage past its own limit has failed, and says so itself.
    if (limits.stage === undefined) await saysWhatWasUnderWay(cwd);
  } finally {
    for (const pid of lines(cwd, "pids").filter(isAlive)) process.kill(Number(pid), "SIGKILL");
    await rm(cwd, { recursive: true, force: true });
  }
}

async function saysWhatWasUnderWay(cwd: string): Promise<void> {
  for (const command of ["explain", "show"]) {
    match((await sluice([command, "r"], { cwd })).stdout, /cut short: work\[n=1\]\/stubborn \(\d/);
  }
  const { stdout } = await sluice(["audit", "list", "w", "--json"], { cwd });
  const [{ runs_metadata: { cut_short: [stage, ...others] } }] = JSON.parse(stdout);
  deepEqual([stage.stage, stage.attempt, others.length], ["work[n=1]/stubborn", 1, 0]);
}

function lines(cwd: string, file: string): readonly string[] {
  const path = join(cwd, file);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}

/** A zombie is dead: only its parent has not heard of it. */
function isAlive(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
