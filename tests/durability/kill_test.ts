import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { decodeEvent } from "../../core/run/codec.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import { below, type Random, seeded } from "../simulation/random.ts";

const ROUNDS = Number(process.env.ROUNDS ?? 100);
const SEED = Number(process.env.SEED ?? 1);
const MAX_KILLS_PER_RUN = 20;
const MAX_KILLS_PER_TEST = 100;

// Each stage says that it began and that it ended, under its idempotency key.
const WORKFLOW = `
survivor:
  type: Workflow
  jobs:
    first:
      stages:
        - {name: one, id: one, bash: 'echo "began $SLUICE_KEY" >> marks; sleep 0.02; echo "ended $SLUICE_KEY" >> marks; echo 1'}
        - {name: two, id: two, bash: 'echo "began $SLUICE_KEY" >> marks; sleep 0.02; echo "ended $SLUICE_KEY" >> marks; echo 2'}
    fan:
      needs: [first]
      strategy: {max-parallel: 2, matrix: {n: [1, 2, 3]}}
      stages:
        - {name: leg, id: leg, bash: 'echo "began $SLUICE_KEY" >> marks; sleep 0.02; echo "ended $SLUICE_KEY" >> marks'}
    last:
      needs: [fan]
      stages:
        - {name: sum, id: sum, bash: 'echo "\${{ jobs.first.stages.one.outputs.stdout }}\${{ jobs.first.stages.two.outputs.stdout }}"'}
`;

// Parts, each of which can be repeated by its seed, and none of which takes long.
for (let part = 0; part * MAX_KILLS_PER_TEST < ROUNDS; part++) {
  const kills = Math.min(MAX_KILLS_PER_TEST, ROUNDS - part * MAX_KILLS_PER_TEST);
  survives({ kills, seed: SEED + part });
}

function survives({ kills, seed }: { readonly kills: number; readonly seed: number }): void {
  test(`a run survives kill -9 at any point (${kills} kills, SEED=${seed})`, async () => {
    const random = seeded(seed);
    for (let done = 0, run = 0; done < kills; run++) {
      done += await killedRun(random, `kill-${run}`);
    }
  });
}

/** One run that is killed again and again until it gets through; returns how often it was killed. */
async function killedRun(random: Random, runId: string): Promise<number> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-kill-"));
  try {
    await writeFile(join(cwd, "survivor.yml"), WORKFLOW);
    await writeFile(join(cwd, "marks"), "");
    let settledBefore = new Map<string, string>();
    for (let kills = 0;; kills++) {
      const patience = kills < MAX_KILLS_PER_RUN ? { killAfterMs: 60 + below(random, 400) } : {};
      const args = ["run", "survivor.yml", "--run-id", runId, "--json"];
      const result = await sluice(args, { cwd, ...patience });
      const events = await eventsOf(cwd, runId);
      settledBefore = nothingSettledIsLost(settledBefore, events);
      if (result.signal === null) {
        equal(result.code, 0, result.stderr);
        await endsWell(cwd, { events, stdout: result.stdout });
        return kills;
      }
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** Whatever had ended before the kill has ended in the same way after it, and was not begun again. */
function nothingSettledIsLost(
  before: ReadonlyMap<string, string>,
  events: readonly RunEvent[],
): Map<string, string> {
  const settled = new Map<string, string>();
  for (const event of events) {
    if (event.type === "stage.started") {
      ok(!settled.has(event.stage), `${event.stage} was begun after it had ended`);
    }
    if (event.type === "stage.settled") settled.set(event.stage, JSON.stringify(event));
  }
  for (const [stage, how] of before) equal(settled.get(stage), how, `${stage} has ended as before`);
  return settled;
}

async function endsWell(
  cwd: string,
  { events, stdout }: { events: readonly RunEvent[]; stdout: string },
): Promise<void> {
  const { status, context } = JSON.parse(stdout);
  equal(status, "SUCCESS");
  equal(context.jobs.last.stages.sum.outputs.stdout, "12");
  const marks = (await readFile(join(cwd, "marks"), "utf8")).trim().split("\n");
  deepEqual(
    marks.filter((mark, i) => marks.indexOf(mark) !== i),
    [],
    "no attempt was carried out twice",
  );
  // What really happened was announced in the journal first.
  const begun = events.flatMap((e) =>
    e.type === "stage.started" ? `began ${runOf(events)}/${e.stage}#${e.attempt}` : []
  );
  for (const mark of marks.filter((mark) => mark.startsWith("began"))) {
    ok(begun.includes(mark), `${mark} is in the journal`);
  }
}

function runOf(events: readonly RunEvent[]): string {
  const [first] = events;
  return first?.type === "run.started" ? first.run : "";
}

async function eventsOf(cwd: string, runId: string): Promise<RunEvent[]> {
  const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
  try {
    return (await Array.fromAsync(store.read(runId))).map(decodeEvent);
  } finally {
    await store.close();
  }
}
