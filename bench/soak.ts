/**
 * Keeps an engine busy for an hour and says what grows that should not.
 *
 * ```sh
 * deno task soak                # an hour
 * deno task soak --minutes=3
 * ```
 *
 * Short runs of several shapes, durable and audited, whose journals are removed
 * once there are enough of them, as `sluice prune` does: whatever grows after
 * that leaks.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { openSluice, type Sluice } from "../preset.ts";
import { writerLives } from "../platform/mod.ts";
import { heapMegabytes, openFiles, residentMegabytes } from "./memory.ts";
import { inFolder } from "./process.ts";
import { stagesText } from "./subjects.ts";

const MINUTE_MS = 60_000;
const LOOKS = 30;
const AT_ONCE = 20;

/** So many runs stay in the journal. */
const KEPT_RUNS = 300;

/** A figure may be so many times what it was once the journal was full. */
const LIMITS = { heap: 1.15, resident: 1.25, files: 1.1, database: 1.25 };

const SHAPES = [
  stagesText(3),
  "bench: {type: Workflow, jobs: {a: {stages: [{name: s, bash: echo hello}]}}}",
  "bench: {type: Workflow, jobs: {a: {strategy: {matrix: {n: [1, 2, 3]}}, stages: [{name: s}]}}}",
  "bench: {type: Workflow, jobs: {a: {stages: [{name: s, raise: no}]}, b: {needs: a, stages: [{name: t}]}}}",
];

interface Look {
  readonly runs: number;
  readonly heap: number;
  readonly resident: number;
  readonly files: number;
  readonly database: number;
}

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const forMs = Number(values.minutes) * MINUTE_MS;
const looks = await inFolder((folder) => soaked(folder));
// Until the journal holds as many runs as it may, it is right that it grows.
const early = looks.slice(Math.ceil(looks.length / 10)).find(({ runs }) => runs > 2 * KEPT_RUNS);
const late = looks.at(-1);
if (early === undefined || late === undefined || early === late) {
  console.log("Too few runs to say whether anything grows: give it more minutes");
  process.exit(2);
}
const grown = grownOf(early, late);
console.log(grown.length === 0 ? "flat" : `GROWS: ${grown.join(", ")}`);
process.exit(grown.length === 0 ? 0 : 1);

async function soaked(folder: string): Promise<readonly Look[]> {
  await using sluice = await openSluice({
    ...{ state: `${folder}/state`, conf: folder, warn: () => {} },
    env: { ...process.env, WORKFLOW_LOG_AUDIT_URL: `file://${folder}/audits` },
  });
  const runShape = await shapesOf(sluice);
  const beganAt = performance.now();
  const looks: Look[] = [];
  let runs = 0;
  while (performance.now() - beganAt < forMs) {
    const until = beganAt + forMs * (looks.length + 1) / LOOKS;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) await runShape(runs++);
    }));
    await prune(sluice);
    looks.push(await look(folder, runs));
  }
  return looks;
}

async function shapesOf(sluice: Sluice): Promise<(at: number) => Promise<void>> {
  const workflows = await Promise.all(SHAPES.map(async (text) => {
    const { workflows: [workflow] } = await sluice.loadText(text, "soak.yml");
    if (workflow === undefined) throw new Error("Internal error: a workflow does not load");
    return workflow;
  }));
  return async (at) => {
    const workflow = workflows[at % workflows.length];
    if (workflow !== undefined) await (await sluice.engine.start(workflow)).result;
  };
}

async function prune({ engine, log }: Sluice): Promise<void> {
  const store = await engine.store();
  for (;;) {
    const old = (await store.list({ limit: KEPT_RUNS * 2 })).slice(KEPT_RUNS);
    if (old.length === 0) return;
    for (const { runId } of old) {
      await store.remove(runId, writerLives);
      await log.remove(runId);
    }
  }
}

async function look(folder: string, runs: number): Promise<Look> {
  const { size } = await stat(`${folder}/state/sluice.db`);
  const seen = {
    ...{
      runs,
      heap: await heapMegabytes(),
      resident: residentMegabytes(),
      files: openFiles() ?? 0,
    },
    database: size / 1_048_576,
  };
  const { heap, resident, files, database } = seen;
  console.log(
    `${runs} runs: live heap ${heap.toFixed(1)} MB, resident ${
      resident.toFixed(0)
    } MB, ${files} open files, journal ${database.toFixed(1)} MB`,
  );
  return seen;
}

function grownOf(early: Look, late: Look): readonly string[] {
  return (["heap", "resident", "files", "database"] as const).filter((what) =>
    late[what] > early[what] * LIMITS[what]
  );
}
