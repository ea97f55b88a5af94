/** What there can be much of: what scaling curves are made of. @module */
import { mkdir } from "node:fs/promises";
import type { Job, Workflow } from "../core/model/workflow.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { evolve, initialState } from "../core/run/state.ts";
import type { ScheduledWorkflow } from "../core/schedule/scheduled_workflow.ts";
import { ScheduleTable } from "../core/schedule/schedule_table.ts";
import { type OpenOptions, openSluice, type Sluice } from "../preset.ts";
import { journalLines } from "./journal_lines.ts";

/** How so much of a subject is prepared. */
interface Preparation {
  /** A folder of its own. */
  readonly folder: string;
  readonly size: number;
}

/** Once what it needs is there: the work itself, to be timed; may be repeated. */
type Prepare = (preparation: Preparation) => Promise<() => Promise<void>>;

/** The subjects there are. */
export const SUBJECT_NAMES = [
  "legs",
  "jobs in a chain",
  "jobs in a fan",
  "jobs in layers",
  "runs",
  "schedules",
  "events",
  "log lines",
] as const;

/** The name of what there can be much of. */
export type Subject = typeof SUBJECT_NAMES[number];

/** How many runs go on at once. */
const RUNS_AT_ONCE = 1_000;

const SUBJECTS: Readonly<Record<Subject, Prepare>> = {
  legs: ({ folder, size }) => runOf(legsText(size), { folder }),
  "jobs in a chain": ({ folder, size }) => runOfJobs(folder, size, chain),
  "jobs in a fan": ({ folder, size }) => runOfJobs(folder, size, fan(size)),
  "jobs in layers": ({ folder, size }) => runOfJobs(folder, size, layers(size)),
  runs: runsAtOnce,
  schedules: daysOfSchedules,
  events: replay,
  "log lines": logLines,
};

/** Whether there is a subject of this name. */
export function isSubject(name: string): name is Subject {
  return Object.hasOwn(SUBJECTS, name);
}

/** Gets so much of a subject ready. */
export async function prepare(
  subject: Subject,
  preparation: Preparation,
): Promise<() => Promise<void>> {
  await mkdir(preparation.folder, { recursive: true });
  return await SUBJECTS[subject](preparation);
}

/** An engine on a folder of its own, with a workflow loaded. */
export async function opened(
  text: string,
  { folder, ...options }: OpenOptions & { readonly folder: string },
): Promise<{ readonly sluice: Sluice; readonly workflow: Workflow }> {
  const state = `${folder}/state`;
  const sluice = await openSluice({ ...options, state, conf: folder, audit: false });
  const { workflows: [workflow], diagnostics } = await sluice.loadText(text, "bench.yml");
  const [error] = diagnostics.filter(({ severity }) => severity === "error");
  if (workflow !== undefined && error === undefined) return { sluice, workflow };
  throw new Error(`Internal error: the workflow does not load: ${error?.message}`);
}

/** Starts a run and waits until it has ended well. */
export async function runToEnd({ engine }: Sluice, workflow: Workflow): Promise<void> {
  const { status } = await (await engine.start(workflow)).result;
  if (status !== "SUCCESS") throw new Error(`The run ended with ${status}`);
}

/** Starts so many runs, of which a number go on at once. */
export async function runMany(
  sluice: Sluice,
  workflow: Workflow,
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await runToEnd(sluice, workflow);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}

/** A workflow with so many empty stages, one after another. */
export function stagesText(count: number): string {
  return jobText("only", { stages: Array.from({ length: count }, (_, i) => `{name: s${i}}`) });
}

async function runOf(
  text: string,
  options: OpenOptions & { readonly folder: string },
): Promise<() => Promise<void>> {
  const { sluice, workflow } = await opened(text, options);
  return () => runToEnd(sluice, workflow);
}

async function runsAtOnce({ folder, size }: Preparation): Promise<() => Promise<void>> {
  const { sluice, workflow } = await opened(stagesText(3), { folder });
  return () => runMany(sluice, workflow, { count: size, atOnce: RUNS_AT_ONCE });
}

async function replay({ size }: Preparation): Promise<() => Promise<void>> {
  const lines = await journalLines(size);
  return () => {
    const state = initialState();
    for (const line of lines) evolve(state, decodeEvent(line));
    return Promise.resolve();
  };
}

async function logLines({ folder, size }: Preparation): Promise<() => Promise<void>> {
  const print = `{name: print, bash: 'seq -f "line %.0f of the log" ${size}'}`;
  const { sluice, workflow } = await opened(jobText("only", { stages: [print] }), { folder });
  return async () => {
    const handle = await sluice.engine.start(workflow);
    await handle.result;
    let read = 0;
    for await (const _ of sluice.log.read(handle.runId)) read++;
    if (read !== size) throw new Error(`${read} of ${size} lines were kept`);
  };
}

const LEGS_OF_AN_AXIS = 10;

function legsText(count: number): string {
  const axis = (length: number) => `[${Array.from({ length }, (_, i) => i).join(", ")}]`;
  const [short, long] = [axis(LEGS_OF_AN_AXIS), axis(count / LEGS_OF_AN_AXIS ** 2)];
  const strategy = `{max-parallel: 9, matrix: {a: ${long}, b: ${short}, c: ${short}}}`;
  return jobText("only", { stages: ["{name: s}"], more: `strategy: ${strategy}` });
}

/** The jobs that one needs, each by its place. */
type NeedsOf = (at: number) => readonly number[];

function chain(at: number): readonly number[] {
  return at === 0 ? [] : [at - 1];
}

/** One before all others, one after all others. */
function fan(count: number): NeedsOf {
  const others = Array.from({ length: Math.max(0, count - 2) }, (_, i) => i + 1);
  return (at) => at === 0 ? [] : at === count - 1 ? others : [0];
}

/** Layers of jobs, each of which needs two of the layer before. */
function layers(count: number): NeedsOf {
  const width = Math.round(Math.sqrt(count));
  return (at) => {
    if (at < width) return [];
    const above = at - width;
    const beside = above % width === 0 ? above + width - 1 : above - 1;
    return [above, beside];
  };
}

/** The jobs are made from one, since the text of a hundred thousand is longer than a file may be. */
async function runOfJobs(
  folder: string,
  size: number,
  needsOf: NeedsOf,
): Promise<() => Promise<void>> {
  const text = jobText("only", { stages: ["{name: s}"] });
  const { sluice, workflow } = await opened(text, { folder, memory: true });
  const [only] = workflow.jobs.values();
  if (only === undefined) throw new Error("Internal error: the workflow has no job");
  const jobs = Array.from({ length: size }, (_, at): Job => ({
    ...{ ...only, id: `j${at}` },
    needs: needsOf(at).map((need) => `j${need}`),
  }));
  const large = { ...workflow, maxParallel: 10, jobs: new Map(jobs.map((job) => [job.id, job])) };
  return () => runToEnd(sluice, large);
}

const SCHEDULES_EACH = 10;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A scheduler's table takes up so many schedules, and hands out a day of slots: one of each. */
async function daysOfSchedules({ folder, size }: Preparation): Promise<() => Promise<void>> {
  const crons = Array.from({ length: size }, (_, at) => `${at % 60} ${at / 60 % 24 | 0} * * *`);
  const { sluice } = await opened(stagesText(1), { folder, memory: true });
  const workflows: ScheduledWorkflow[] = [];
  for (let at = 0; at < size; at += SCHEDULES_EACH) {
    const on = crons.slice(at, at + SCHEDULES_EACH).map((cron) => `{cron: "${cron}"}`);
    const text = `w${at}: {type: Workflow, on: [${[
      ...new Set(on),
    ]}], jobs: {a: {stages: [{name: s}]}}}`;
    const loaded = await sluice.loadText(text, "bench.yml");
    workflows.push(
      ...loaded.workflows.map((workflow) => ({ ...workflow, file: "bench.yml", text })),
    );
  }
  const calendar = await sluice.engine.calendar();
  return () => {
    const table = new ScheduleTable(calendar);
    table.replace(workflows, { nowMs: 0, cursors: new Map() });
    while (table.plan(size));
    let slots = 0;
    for (let nowMs = 0; nowMs <= DAY_MS; nowMs += MINUTE_MS) {
      slots += table.takeDue({ nowMs, cursors: new Map() }).length;
    }
    if (slots < size) throw new Error(`${slots} of ${size} slots came`);
    return Promise.resolve();
  };
}

function jobText(
  id: string,
  { stages, more = "runs-on: {type: local}" }: {
    readonly stages: readonly string[];
    readonly more?: string;
  },
): string {
  const list = stages.map((stage) => `        - ${stage}\n`).join("");
  return `bench:\n  type: Workflow\n  jobs:\n    ${id}:\n      ${more}\n      stages:\n${list}`;
}
