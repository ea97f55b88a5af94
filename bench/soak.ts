/**
 * Keeps an engine busy for an hour and says what grows that should not.
 *
 * ```sh
 * deno task soak                # an hour
 * deno task soak --minutes=3
 * ```
 *
 * Short runs of several shapes, durable and audited, and beside them a day of
 * schedules in time of its own ({@linkcode openVirtualDay}). The journals are
 * removed once there are enough of them, as `sluice prune` does: whatever grows
 * after that leaks.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { type JournalStore, livesIn } from "../core/plugin/journal.ts";
import { openSluice, type Sluice } from "../preset.ts";
import { writerLives } from "../platform/mod.ts";
import { heapMegabytes, openFiles, residentMegabytes } from "./memory.ts";
import { inFolder } from "./process.ts";
import { stagesText } from "./subjects.ts";
import { DAY_MS, openVirtualDay, RUNS_OF_A_DAY } from "./virtual_day.ts";

const MINUTE_MS = 60_000;
const LOOKS = 30;
const AT_ONCE = 20;

/** So many runs stay in the journal. */
const KEPT_RUNS = 300;

/** A figure may be so many times what it was once the journals were full. */
const LIMITS = { heap: 1.15, resident: 1.25, files: 1.1, database: 1.25, rows: 1.25 };

const SHAPES = [
  stagesText(3),
  "bench: {type: Workflow, jobs: {a: {stages: [{name: s, bash: echo hello}]}}}",
  "bench: {type: Workflow, jobs: {a: {strategy: {matrix: {n: [1, 2, 3]}}, stages: [{name: s}]}}}",
  "bench: {type: Workflow, jobs: {a: {stages: [{name: s, raise: no}]}, b: {needs: a, stages: [{name: t}]}}}",
];

interface Look {
  readonly runs: number;
  /** Runs of schedules, of the day so far. */
  readonly scheduled: number;
  readonly heap: number;
  readonly resident: number;
  readonly files: number;
  /** Megabytes of both journals. */
  readonly database: number;
  /** In all tables of both journals. */
  readonly rows: number;
}

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" } } });
const forMs = Number(values.minutes) * MINUTE_MS;
const looks = await inFolder((folder) => soaked(folder));
// Until the journal holds as many runs as it may, it is right that it grows.
const early = looks.slice(Math.ceil(looks.length / 10)).find(({ runs }) => runs > 2 * KEPT_RUNS);
const late = looks.at(-1);
if (late !== undefined && late.scheduled < RUNS_OF_A_DAY) {
  console.log(`MISSED: ${late.scheduled} of ${RUNS_OF_A_DAY} runs of schedules`);
  process.exit(1);
}
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
  await using day = await openVirtualDay(`${folder}/day`);
  const runShape = await shapesOf(sluice);
  const beganAt = performance.now();
  const looks: Look[] = [];
  let runs = 0;
  while (looks.length < LOOKS) {
    const until = beganAt + forMs * (looks.length + 1) / LOOKS;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < until) await runShape(runs++);
    }));
    const scheduled = await day.pass(DAY_MS / LOOKS);
    await prune(await sluice.engine.store(), (runId) => sluice.log.remove(runId));
    await prune(day.store);
    looks.push(await look([`${folder}/state`, `${folder}/day`], { runs, scheduled }));
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

async function prune(
  store: JournalStore,
  removed: (runId: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (;;) {
    const old = (await store.list({ limit: KEPT_RUNS * 2 })).slice(KEPT_RUNS);
    if (old.length === 0) return;
    for (const { runId } of old) {
      await store.remove(runId, livesIn(store, writerLives));
      await removed(runId);
    }
  }
}

async function look(
  folders: readonly string[],
  done: Pick<Look, "runs" | "scheduled">,
): Promise<Look> {
  const files = folders.map((folder) => `${folder}/sluice.db`);
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const seen = {
    ...done,
    rows: files.reduce((sum, file) => sum + rowsIn(file), 0),
    database: sizes.reduce((sum, size) => sum + size, 0) / 1_048_576,
    ...{ heap: await heapMegabytes(), resident: residentMegabytes(), files: openFiles() ?? 0 },
  };
  const { runs, scheduled, heap, resident, database, rows } = seen;
  console.log(
    `${runs} runs and ${scheduled} of schedules: live heap ${heap.toFixed(1)} MB, resident ${
      resident.toFixed(0)
    } MB, ${seen.files} open files, journals ${database.toFixed(1)} MB with ${rows} rows`,
  );
  return seen;
}

function rowsIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const counts = tables.map(({ name }) =>
      Number(database.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.["n"])
    );
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    database.close();
  }
}

function grownOf(early: Look, late: Look): readonly string[] {
  return (["heap", "resident", "files", "database", "rows"] as const).filter((what) =>
    late[what] > early[what] * LIMITS[what]
  );
}
