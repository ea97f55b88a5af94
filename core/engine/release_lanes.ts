/**
 * Carries out releases whose time has come: one lane for each workflow, in
 * which they go one after another, and one limit for all runs together.
 *
 * @module
 */
import { JournalError, type NewRunOptions, type RunSummary } from "../plugin/journal.ts";
import { CodecError } from "../run/codec.ts";
import { admit } from "../schedule/admission.ts";
import { MISSED_CURSORS, PAUSE_CURSORS, pauseOf } from "../schedule/schedule_cursors.ts";
import { messageOf } from "../source/message_of.ts";
import { type DueRelease, startOptionsOf, type WorkflowLoader } from "./due_release.ts";
import type { Engine } from "./engine.ts";
import { ParamError, WorkflowError } from "./errors.ts";
import type { ReadyReleases } from "./ready_releases.ts";
import type { RunHandle } from "./run_handle.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** How many runs a scheduler has under way at once where nobody says. */
export const MAX_RUNS = 16;

/** The most releases of one workflow that wait. */
export const MAX_WAITING_RELEASES = 10_000;

/** What lanes are made of. */
export interface ReleaseLanesOptions {
  readonly engine: Engine;
  /** Loads the whole of a workflow. */
  readonly load: WorkflowLoader;
  /** Releases that could begin at once. @default none are */
  readonly ready?: ReadyReleases;
  /** Whether somebody will take up a run whose engine has died: it is under way then. @default nobody will */
  readonly goesOn?: (run: RunSummary) => Promise<boolean>;
  /** How many runs may be under way at once. @default {@linkcode MAX_RUNS} */
  readonly maxRuns?: number;
  /** Told of everything that happens. */
  readonly tell: (note: ScheduleNote) => void;
}

interface Lane {
  readonly waiting: DueRelease[];
  busy: boolean;
  /** Somebody asked to look again while it was busy. */
  again: boolean;
  /** The release for which others were asked to end. */
  replacing?: string;
}

/** Carries out releases. */
export class ReleaseLanes {
  readonly #options: ReleaseLanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #active = new Set<RunHandle>();
  /** All that is going on, so that one can wait for its end. */
  readonly #work = new Set<Promise<unknown>>();
  #starting = 0;
  /** A look at who is paused that is under way: all who ask meanwhile are told by it. */
  #pauses: Promise<ReadonlyMap<string, number>> | undefined;
  #stopped = false;
  #failed = 0;

  /** @param options What they are made of. */
  constructor(options: ReleaseLanesOptions) {
    this.#options = options;
  }

  /** How many runs are under way here. */
  get active(): number {
    return this.#active.size;
  }

  /** How many releases wait. */
  get waiting(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.waiting.length;
    return count;
  }

  /** How many runs did not succeed, or could not be started. */
  get failed(): number {
    return this.#failed;
  }

  /** Whether releases of a workflow wait, or are being decided. */
  waits(workflow: string): boolean {
    return this.#lanes.has(workflow);
  }

  /** Adds a release behind those of its workflow. */
  add(release: DueRelease): void {
    const { name } = release.workflow;
    const lane = this.#lanes.get(name) ?? { waiting: [], busy: false, again: false };
    this.#lanes.set(name, lane);
    if (lane.waiting.length < MAX_WAITING_RELEASES) lane.waiting.push(release);
    else this.#refuse(release, lane);
    this.#look(name, lane);
  }

  /** Those that wait are found again after a crash only while nothing has moved on behind them, so the last of them does that. */
  #refuse(release: DueRelease, { waiting }: Lane): void {
    const last = waiting.pop();
    if (last !== undefined) {
      waiting.push({ ...last, cursors: furthest(last.cursors, release.cursors) });
    }
    const why = `${MAX_WAITING_RELEASES} others wait already`;
    this.#keep(this.#miss({ ...release, cursors: new Map() }, why));
  }

  /** Looks again at what waits. */
  look(): void {
    for (const [name, lane] of this.#lanes) this.#look(name, lane);
  }

  /** Watches a run as if it had been started here. */
  adopt(handle: RunHandle, workflow: string): void {
    this.#active.add(handle);
    this.#keep(this.#follow(handle, workflow));
  }

  /** Starts nothing any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Asks all runs that are under way here to end. */
  cancel(by: string, why: string): void {
    for (const handle of this.#active) handle.cancel(by, why);
  }

  /** Waits until nothing is under way here. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  #look(name: string, lane: Lane): void {
    if (lane.busy) lane.again = true;
    else if (lane.waiting.length > 0) this.#keep(this.#goOn(name, lane));
  }

  async #goOn(name: string, lane: Lane): Promise<void> {
    lane.busy = true;
    try {
      do {
        lane.again = false;
        await this.#clear(lane);
      } while (lane.again);
    } catch (error) {
      // The release stays in its lane: the next look tries again.
      this.#options.tell({ type: "trouble", message: messageOf(error) });
    } finally {
      lane.busy = false;
      if (lane.waiting.length === 0) this.#lanes.delete(name);
    }
  }

  /** Decides one release after another, until one has to wait. */
  async #clear(lane: Lane): Promise<void> {
    for (let release = lane.waiting[0]; release; release = lane.waiting[0]) {
      if (this.#stopped) return;
      if (!await this.#decide(release, lane)) {
        this.#options.ready?.postpone(release);
        return;
      }
      lane.waiting.shift();
    }
  }

  /** Whether the release has been decided for good. */
  async #decide(release: DueRelease, lane: Lane): Promise<boolean> {
    const { runId, overlap } = release;
    if (!this.#isReady(release) && await this.#isTaken(runId)) return await this.#done(release);
    const newest = overlap === "allow" ? undefined : await this.#newestOf(release);
    const others = overlap === "allow" ? [] : await this.#othersUnderWay(release);
    const isSuperseded = lane.waiting.at(-1)?.runId !== runId;
    switch (admit(overlap, { underWay: others.length, isSuperseded })) {
      case "start":
        return await this.#start(release, { lane, newest });
      case "skip": {
        // Another scheduler may have been quicker, and its run be the one that is under way.
        if (await this.#isTaken(runId)) return await this.#done(release);
        const why = isSuperseded ? "a newer slot has come" : `${others[0]?.runId} is under way`;
        return await this.#skip(release, why);
      }
      case "replace":
        if (await this.#isPaused(release)) return await this.#skip(release, PAUSED);
        if (lane.replacing !== runId) await this.#endEarly(others, release);
        lane.replacing = runId;
        return false;
      case "wait":
        return false;
    }
  }

  /** When it was made ready, there was no run for it, and a run that has come since refuses another. */
  #isReady(release: DueRelease): boolean {
    return this.#options.ready?.has(release) ?? false;
  }

  /** Whether there is a run for it. One whose engine died before it wrote down its plan is begun again. */
  async #isTaken(runId: string): Promise<boolean> {
    const { engine } = this.#options;
    const known = await (await engine.store()).find(runId);
    if (known === undefined) return false;
    if (known.settledAt !== undefined || await engine.isHeld(runId)) return true;
    return await hasPlan(engine, runId);
  }

  /** Read before it is looked what is under way: what has come since refuses the run. */
  async #newestOf({ workflow: { name } }: DueRelease): Promise<string | null> {
    const store = await this.#options.engine.store();
    const [newest] = await store.list({ workflow: name, limit: 1 });
    return newest?.runId ?? null;
  }

  async #othersUnderWay({ workflow, runId }: DueRelease): Promise<readonly RunSummary[]> {
    const { engine, goesOn } = this.#options;
    const open = await engine.underWay(workflow.name, goesOn);
    return open.filter((run) => run.runId !== runId && run.trigger !== "backfill");
  }

  async #endEarly(others: readonly RunSummary[], { runId }: DueRelease): Promise<void> {
    const request = { by: "schedule", why: `replaced by ${runId}` };
    for (const other of others) await this.#options.engine.cancel(other.runId, request);
  }

  async #start(
    release: DueRelease,
    { lane, newest }: NewRunOptions & { readonly lane: Lane },
  ): Promise<boolean> {
    const { maxRuns = MAX_RUNS } = this.#options;
    if (this.#active.size + this.#starting >= maxRuns) return false;
    this.#starting++;
    try {
      // It may have waited for hours, so who is paused is asked now.
      if (await this.#isPaused(release)) return await this.#skip(release, PAUSED);
      const handle = await begin(release, { ...this.#options, newest });
      if (handle !== undefined) this.#began(release, handle);
    } catch (error) {
      if (isOvertaken(error)) {
        // Another scheduler has started another slot meanwhile: it is decided anew.
        lane.again = true;
        return false;
      }
      if (!isOfTheWorkflow(error)) throw error;
      return await this.#miss(release, messageOf(error));
    } finally {
      this.#starting--;
    }
    return await this.#done(release);
  }

  async #isPaused({ workflow: { name } }: DueRelease): Promise<boolean> {
    this.#pauses ??= this.#readPauses().finally(() => this.#pauses = undefined);
    return pauseOf(name, await this.#pauses).paused;
  }

  async #readPauses(): Promise<ReadonlyMap<string, number>> {
    return await (await this.#options.engine.store()).cursors(PAUSE_CURSORS);
  }

  #began({ workflow, runId, slotMs }: DueRelease, handle: RunHandle): void {
    const { engine, tell } = this.#options;
    // Of a hundred at one moment the stages have begun by now.
    const { begunMs = engine.now() } = handle;
    tell({ type: "started", workflow: workflow.name, runId, lateMs: begunMs - slotMs });
    this.adopt(handle, workflow.name);
  }

  async #follow(handle: RunHandle, workflow: string): Promise<void> {
    const { tell } = this.#options;
    try {
      const { status } = await handle.result;
      if (status !== "SUCCESS" && status !== "SKIP") this.#failed++;
      tell({ type: "settled", workflow, runId: handle.runId, status });
    } catch (error) {
      this.#failed++;
      tell({ type: "trouble", message: messageOf(error) });
    } finally {
      this.#active.delete(handle);
      this.look();
    }
  }

  async #skip(release: DueRelease, why: string): Promise<boolean> {
    const { workflow: { name }, slotMs } = release;
    this.#options.tell({ type: "skipped", workflow: name, slotMs, why });
    return await this.#done(release);
  }

  async #done({ cursors }: DueRelease): Promise<boolean> {
    await (await this.#options.engine.store()).advance(cursors);
    return true;
  }

  async #miss({ workflow, slotMs, cursors, missed }: DueRelease, why: string): Promise<boolean> {
    this.#failed++;
    const { engine, tell } = this.#options;
    const noted = { slotMs, firstMs: slotMs, count: 1, why };
    tell({ type: "missed", workflow: workflow.name, ...noted });
    const store = await engine.store();
    const facts = {
      known: await store.cursors(MISSED_CURSORS),
      calendar: await engine.calendar(),
    };
    await store.advance(new Map([...cursors, ...missed(facts)]));
    return true;
  }

  #keep(work: Promise<unknown>): void {
    const kept = work.catch((error: unknown) =>
      this.#options.tell({ type: "trouble", message: messageOf(error) })
    ).finally(() => this.#work.delete(kept));
    this.#work.add(kept);
  }
}

const PAUSED = "the workflow is paused";

/** Of each cursor the one that is further. */
function furthest(
  one: ReadonlyMap<string, number>,
  other: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const behind = [...other].filter(([key, at]) => at > (one.get(key) ?? -Infinity));
  return new Map([...one, ...behind]);
}

/** Begins the run; `undefined` when another scheduler was quicker. */
export async function begin(
  release: DueRelease,
  { engine, load, ready, newest }:
    & Pick<ReleaseLanesOptions, "engine" | "load" | "ready">
    & NewRunOptions,
): Promise<RunHandle | undefined> {
  try {
    const run = ready?.take(release);
    if (run !== undefined) return await run.begin({ newest });
    return await engine.start(await load(release.workflow), { ...startOptionsOf(release), newest });
  } catch (error) {
    if (error instanceof JournalError && (error.code === "exists" || error.code === "busy")) {
      return undefined;
    }
    throw error;
  }
}

/** A journal that cannot be read is of somebody who wrote more than a plan. */
async function hasPlan(engine: Engine, runId: string): Promise<boolean> {
  try {
    return (await engine.read(runId)).plan !== undefined;
  } catch (error) {
    if (error instanceof CodecError) return true;
    throw error;
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof JournalError && error.code === "overtaken";
}

/** Trying again would end in the same way. */
function isOfTheWorkflow(error: unknown): boolean {
  return error instanceof ParamError || (error instanceof WorkflowError && !error.cause);
}
