/**
 * Starts workflows by their schedules and after one another.
 *
 * Everything that has to outlive the process is in the store: how far each
 * schedule has come, who is paused, and the runs themselves, whose ids follow
 * from their slots. So any number of schedulers may share a store, and each
 * slot makes at most one run.
 *
 * @module
 */
import type { RunSummary } from "../plugin/journal.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import { releaseCycles } from "../schedule/release_cycle.ts";
import { WHY_NEVER } from "../schedule/never_starts.ts";
import { missedCursors, SlotCounter } from "../schedule/missed_slots.ts";
import {
  FOLLOWED_CURSORS,
  MISSED_CURSORS,
  PAUSE_CURSORS,
  SLOT_CURSORS,
  slotCursor,
} from "../schedule/schedule_cursors.ts";
import { type DueSchedule, type ScheduleEntry, ScheduleTable } from "../schedule/schedule_table.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import { paramsOfSlot } from "../schedule/slots.ts";
import { slotsKey } from "../model/triggers.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { messageOf } from "../source/message_of.ts";
import { FileKeeper } from "./broken_files.ts";
import type { Engine } from "./engine.ts";
import { following } from "./followed_run.ts";
import { AHEAD_MS, ReadyReleases } from "./ready_releases.ts";
import { InterruptedRuns } from "./interrupted_runs.ts";
import { ReleaseFollower } from "./release_follower.ts";
import { begin, ReleaseLanes } from "./release_lanes.ts";
import type { DueRelease, WorkflowLoader } from "./due_release.ts";
import { releaseRunId, slotOfRunId } from "./run_id.ts";
import type { ScheduleNote } from "./schedule_note.ts";
import { together } from "./together.ts";
import { TriggerWatch } from "./trigger_watch.ts";

/** Milliseconds between two looks at the workflow files where nobody says. */
export const RELOAD_MS = 10_000;

/** Reading the workflow files takes no more than one part in so many of the time, */
export const REST_AFTER_RELOAD = 200;

/** … unless they would then be looked at less often than this. */
export const LONGEST_REST_MS = 60_000;

/** So close to a slot, in milliseconds, the files are not looked at. */
export const QUIET_MS = 250;

/** Milliseconds between two looks at what other processes have done. */
export const LOOK_MS = 1_000;

/** Milliseconds between two looks for runs whose engine has died. */
export const RECOVER_MS = 10_000;

/** What goes wrong again and again is tried less and less often, but at least so often. */
export const LONGEST_BACKOFF_MS = 10_000;

/** Milliseconds that what is due waits at most, at first, for runs that a crash has left to be taken up. */
export const LONGEST_FIRST_RECOVERY_MS = 10_000;

/** So many slots at most are made ready before they come. */
export const MAX_AHEAD = 200;

/** … so many at a time. */
export const READIED_AT_ONCE = 10;

/** For so many that come at one moment the store is made ready as well, */
export const MANY_AHEAD = 10;

/** … if there is so much time left until then. */
export const PREPARE_MS = 200;

/** When new schedules come is reckoned for so many at a time. */
export const PLANNED_AT_ONCE = 50;

/** The workflows that start by themselves. */
export interface ScheduleListing {
  /** Those that are right; of files that are as they were, the same objects as before. */
  readonly workflows: readonly ScheduledWorkflow[];
  /** What is wrong with the others. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What a scheduler is made of. */
export interface SchedulerOptions {
  /** Starts the runs. */
  readonly engine: Engine;
  /** Says what time it is. */
  readonly clock: Clock;
  /** The workflows there are now. */
  readonly workflows: () => Promise<ScheduleListing>;
  /** Loads the whole of one of them. */
  readonly load: WorkflowLoader;
  /** Called when much was read of which little is kept. @default nothing is done about it */
  readonly tidy?: () => Promise<void>;
  /** The triggers that are installed. */
  readonly triggers: Pick<Registry, "trigger">;
  /** The machine that triggers watch. */
  readonly host: Host;
  /** How many runs may be under way at once. @default 16 */
  readonly maxRuns?: number;
  /** Milliseconds between two looks at the workflow files. @default {@linkcode RELOAD_MS} */
  readonly reloadMs?: number;
  /** Told of everything that happens. */
  readonly tell: (note: ScheduleNote) => void;
}

/** Starts workflows when their time has come. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #lanes: ReleaseLanes;
  readonly #ready: ReadyReleases;
  readonly #follower = new ReleaseFollower();
  readonly #triggers: TriggerWatch;
  #table: ScheduleTable | undefined;
  #workflows: ReadonlyMap<string, ScheduledWorkflow> = new Map();
  /** The workflows that follow others. */
  #followers: readonly ScheduledWorkflow[] = [];
  readonly #files: FileKeeper;
  /** The schedules of which it was said that they start nothing. */
  #never: ReadonlySet<string> = new Set();
  /** When something was started last. */
  #firedMs = -Infinity;
  /** Whether files would have been read, but for a slot. */
  #gaveWay = false;
  #nextRecoverMs = -Infinity;
  readonly #interrupted: InterruptedRuns;
  /** The run that is being taken up. */
  #taking: string | undefined;
  /** Resolved once those that a crash has left have been looked at for the first time. */
  readonly #recovered = Promise.withResolvers<void>();
  /** Aborted when a trigger has told of something, to wake who looks at triggers. */
  #rung = new AbortController();
  /** Aborted when the table has changed or all is to end, to wake whoever sleeps. */
  #changed = new AbortController();

  /**
   * Makes one.
   *
   * @param given What it is made of.
   */
  constructor(given: SchedulerOptions) {
    const options = { ...given, tell: (note: ScheduleNote) => told(note, given) };
    this.#options = options;
    this.#files = new FileKeeper(options.tell);
    this.#interrupted = new InterruptedRuns(options);
    this.#ready = new ReadyReleases(options);
    this.#lanes = new ReleaseLanes({
      ...options,
      ready: this.#ready,
      goesOn: (run) => this.#goesOn(run),
    });
    this.#triggers = new TriggerWatch({ ...options, ring: () => this.#rung.abort() });
  }

  /** How many runs did not succeed, or could not be started. */
  get failed(): number {
    return this.#lanes.failed;
  }

  /** How many files of workflows do not load, or not all of them. */
  get broken(): number {
    return this.#files.broken;
  }

  /** How many runs are under way here. */
  get active(): number {
    return this.#lanes.active;
  }

  /** Works until the signal is aborted; resolves once the runs that are under way then have ended. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#end(), { once: true });
    const reloadMs = await this.#attempt(() => this.#reload());
    await this.#attempt(() => this.#auditOwed());
    try {
      // Side by side: no slot waits until a thousand files have been read.
      await together(signal, [
        (ending) => this.#endOn(ending),
        (ending) => this.#repeat(() => this.#watch(), { signal: ending }),
        (ending) => this.#start(ending),
        (ending) => this.#repeat(() => this.#reload(), { signal: ending, firstMs: reloadMs }),
      ]);
    } finally {
      this.#lanes.stop();
      await this.#lanes.idle();
    }
  }

  /** Starts what is due, once it is known which runs that a crash has left are under way again. */
  async #start(ending: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const known = new AbortController();
    const signal = AbortSignal.any([ending, known.signal]);
    const late = clock.pause(LONGEST_FIRST_RECOVERY_MS, signal).catch(() => {}); // Aborted: nobody waits.
    await Promise.race([this.#recovered.promise, late]);
    known.abort();
    await together(ending, [
      (ending) => this.#repeat(() => this.#fire(), { signal: ending }),
      (ending) =>
        this.#repeat(() => this.#lookAtTriggers(), {
          signal: ending,
          wake: () => this.#rung.signal,
        }),
    ]);
  }

  /** Whoever sleeps is woken when one of the others has failed. */
  #endOn(ending: AbortSignal): Promise<void> {
    ending.addEventListener("abort", () => this.#end(), { once: true });
    return Promise.resolve();
  }

  /** Starts what is due now and waits for it, and for what follows it. */
  async runOnce(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (const round of [this.#reload, this.#watch, this.#fire, this.#lookAtTriggers]) {
      await round.call(this);
    }
    await this.#lanes.idle();
    while (!signal.aborted) {
      const followed = await this.#follow();
      if (followed + this.#lanes.waiting === 0) break;
      // What still waits does so for a run of somebody else.
      if (followed === 0) await clock.pause(LOOK_MS, signal).catch(() => {}); // Aborted: the loop ends.
      this.#lanes.look();
      await this.#lanes.idle();
    }
    this.#lanes.stop();
    await this.#lanes.idle();
  }

  #end(): void {
    this.#changed.abort();
    this.#triggers.stop();
  }

  /** Asks all runs that are under way here to end. */
  cancel(by: string, why: string): void {
    this.#lanes.cancel(by, why);
  }

  /** Does a round again and again, each time when the one before says. */
  async #repeat(
    round: () => Promise<number>,
    { signal, firstMs = -Infinity, wake }: {
      readonly signal: AbortSignal;
      readonly firstMs?: number;
      /** Ends its sleep before its time. */
      readonly wake?: () => AbortSignal;
    },
  ): Promise<void> {
    let failures = 0;
    const counted = async () => {
      const nextMs = await round();
      failures = 0;
      return nextMs;
    };
    for (let nextMs = firstMs; !signal.aborted;) {
      const changed = this.#changed.signal;
      const woken = wake === undefined ? changed : AbortSignal.any([changed, wake()]);
      await this.#restUntil(nextMs, woken);
      if (signal.aborted) return;
      nextMs = await this.#attempt(counted, failures++);
    }
  }

  /** Until then, or for as long as it takes until then: a clock that is put back keeps nobody from looking. */
  async #restUntil(nextMs: number, woken: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([woken, over.signal]);
    const waits = [clock.sleep(nextMs, signal), clock.pause(nextMs - clock.now(), signal)];
    await Promise.race(waits).catch(() => {}); // Aborted: it ends, or looks again.
    over.abort();
  }

  /** What an engine before this one died over, or could not audit. */
  async #auditOwed(): Promise<number> {
    await this.#options.engine.auditOwed();
    return this.#options.clock.now();
  }

  /** Whatever goes wrong, a folder that is gone or a store out of reach, is tried again: nobody is there to start the scheduler anew. */
  async #attempt(round: () => Promise<number>, failures = 0): Promise<number> {
    const { clock, tell } = this.#options;
    try {
      return await round();
    } catch (error) {
      tell({ type: "trouble", message: messageOf(error) });
      return clock.now() + Math.min(LOOK_MS * 2 ** failures, LONGEST_BACKOFF_MS);
    }
  }

  /** Reads the workflows; says when to read them again. */
  async #reload(): Promise<number> {
    const { clock, reloadMs = RELOAD_MS } = this.#options;
    const begunMs = clock.now();
    const laterMs = this.#giveWay(begunMs);
    if (laterMs !== undefined) return laterMs;
    const hasChanged = await this.#takeOver(await this.#options.workflows());
    const nowMs = clock.now();
    // What it takes to load what is new says nothing of a look at what is not.
    const restMs = hasChanged ? 0 : (nowMs - begunMs) * REST_AFTER_RELOAD;
    return nowMs + Math.max(reloadMs, Math.min(restMs, LONGEST_REST_MS));
  }

  /** While runs begin nobody reads a thousand files; says when to instead. Never twice, since slots may come all the time. */
  #giveWay(nowMs: number): number | undefined {
    const { nextMs = Infinity } = this.#table ?? {};
    const slotMs = nowMs - this.#firedMs < QUIET_MS ? this.#firedMs : nextMs;
    this.#gaveWay = !this.#gaveWay && slotMs - nowMs < QUIET_MS;
    return this.#gaveWay ? Math.max(slotMs, nowMs) + QUIET_MS : undefined;
  }

  /** Whether anything has changed. */
  async #takeOver(listing: ScheduleListing): Promise<boolean> {
    const { clock, engine, tidy } = this.#options;
    const workflows = this.#files.inForce(listing, this.#workflows);
    if (this.#table !== undefined && isSame(workflows, this.#workflows)) return false;
    const store = await engine.store();
    this.#table ??= new ScheduleTable(await engine.calendar());
    const fresh = this.#table.replace(workflows.values(), {
      nowMs: clock.now(),
      cursors: await store.cursors(SLOT_CURSORS),
    });
    if (fresh.size > 0) await store.advance(fresh);
    await this.#plan(this.#table);
    await this.#triggers.replace(workflows.values(), store);
    this.#workflows = workflows;
    this.#followers = this.#withoutCircles([...workflows.values()]);
    await tidy?.();
    this.#tellNever(this.#table);
    this.#tellLoaded(this.#table);
    this.#changed.abort();
    this.#changed = new AbortController();
    return true;
  }

  async #plan(table: ScheduleTable): Promise<void> {
    while (table.plan(PLANNED_AT_ONCE)) await this.#rest();
  }

  /** Whatever else is due has its turn. */
  async #rest(): Promise<void> {
    const { clock } = this.#options;
    await clock.pause(1, this.#changed.signal).catch(() => {}); // Aborted: it ends soon.
  }

  #withoutCircles(workflows: readonly ScheduledWorkflow[]): readonly ScheduledWorkflow[] {
    const circles = releaseCycles(workflows);
    for (const circle of circles) this.#options.tell({ type: "circle", workflows: circle });
    const inCircle = new Set(circles.flat());
    return workflows.filter(({ name, triggers }) =>
      triggers.releases.length > 0 && !inCircle.has(name)
    );
  }

  /** Of each schedule that starts nothing, once. */
  #tellNever(table: ScheduleTable): void {
    const never = new Map(table.never().map((it) => [slotCursor(...nameOf(it.entry)), it]));
    for (const [key, { entry: { workflow: { name }, schedule }, why }] of never) {
      if (this.#never.has(key)) continue;
      const what = { workflow: name, schedule: schedule.text, why: WHY_NEVER[why] };
      this.#options.tell({ type: "never", ...what });
    }
    this.#never = new Set(never.keys());
  }

  #tellLoaded({ size }: ScheduleTable): void {
    const starting = [...this.#workflows.values()].filter(({ triggers }) =>
      triggers.schedules.length + triggers.releases.length + triggers.others.length > 0
    );
    this.#options.tell({
      ...{ type: "loaded", workflows: starting.length, schedules: size },
      ...{ followers: this.#followers.length, watched: this.#triggers.size },
    });
  }

  /** Starts what is due; says when something will be. Who is paused is read each time, so that a pause holds at once. */
  async #fire(): Promise<number> {
    const { clock, engine } = this.#options;
    const table = this.#table;
    if (table?.nextMs === undefined) return Infinity;
    if (table.nextMs > clock.now()) return await this.#prepare(table, table.nextMs);
    this.#firedMs = clock.now();
    const store = await engine.store();
    const cursors = await store.cursors(PAUSE_CURSORS);
    const passed = new Map<string, number>();
    const decided = table.takeDue({ nowMs: clock.now(), cursors });
    for (const { entry, due, cursorMs } of decided) {
      for (const slotMs of due) this.#lanes.add(releaseFor(entry, slotMs));
      if (due.length === 0) passed.set(slotCursor(...nameOf(entry)), cursorMs);
    }
    await this.#noteMissed(decided, passed);
    if (passed.size > 0) await store.advance(passed);
    // Not before the runs that are due have begun.
    return Math.max((table.nextMs ?? Infinity) - AHEAD_MS, clock.now() + 1);
  }

  /** Does ahead of the next slot what needs no slot; says when there is something to do again. */
  async #prepare(table: ScheduleTable, nextMs: number): Promise<number> {
    const { clock } = this.#options;
    if (clock.now() < nextMs - AHEAD_MS) return nextMs - AHEAD_MS;
    const coming = table.upcoming(nextMs, { most: MAX_AHEAD });
    for (const [at, { entry, slotMs }] of coming.entries()) {
      if (at > 0 && at % READIED_AT_ONCE === 0) await this.#rest();
      if (clock.now() >= nextMs) break;
      const release = releaseFor(entry, slotMs);
      await this.#ready.make({ release, dueMs: slotMs + entry.offsetMs }).catch(() => {}); // Its start will say why.
    }
    if (coming.length >= MANY_AHEAD && clock.now() < nextMs - PREPARE_MS) {
      await this.#options.engine.prepare().catch(() => {}); // The runs do what is left of it.
    }
    return nextMs;
  }

  /** Looks at what triggers watch; says when to look again. */
  async #lookAtTriggers(): Promise<number> {
    // What is told from here on is looked at in the next round, if this one does not see it.
    this.#rung = new AbortController();
    if (this.#triggers.size === 0) return Infinity;
    return await this.#triggers.look({
      store: await this.#options.engine.store(),
      add: (release) => this.#lanes.add(release),
      waits: (workflow) => this.#lanes.waits(workflow),
    });
  }

  async #noteMissed(decided: readonly DueSchedule[], passed: Map<string, number>): Promise<void> {
    if (decided.every(({ missed }) => missed === undefined)) return;
    const { engine, tell } = this.#options;
    const known = await (await engine.store()).cursors(MISSED_CURSORS);
    const calendar = await engine.calendar();
    const counter = new SlotCounter();
    for (const { entry: { workflow: { name }, schedule }, missed } of decided) {
      if (missed === undefined) continue;
      const { firstMs, lastMs } = missed;
      const moved = missedCursors(schedule, missed, { workflow: name, known, calendar });
      for (const [key, ms] of moved) passed.set(key, ms);
      const count = counter.count(schedule, missed, { calendar });
      const why = `nothing was there to start ${firstMs === lastMs ? "it" : "them"}, and ` +
        `"catch-up" is "${schedule.policy.catchUp}"`;
      tell({ type: "missed", workflow: name, slotMs: lastMs, firstMs, count, why });
    }
  }

  /** Looks at what others have done: whose engine died is taken up, what ended is followed, and what waits may go on. */
  async #watch(): Promise<number> {
    const { clock } = this.#options;
    const leftMs = this.#nextRecoverMs - clock.now();
    // Where more is left than there ever was, the clock was put back.
    if (leftMs <= 0 || leftMs > RECOVER_MS) {
      await this.#recover().finally(() => this.#recovered.resolve());
    }
    await this.#follow();
    this.#lanes.look();
    this.#ready.forget();
    return clock.now() + LOOK_MS;
  }

  async #follow(): Promise<number> {
    if (this.#followers.length === 0) return 0;
    const { clock, engine } = this.#options;
    const store = await engine.store();
    const releases = this.#follower.releases(this.#followers, {
      store,
      nowMs: clock.now(),
      cursors: new Map([
        ...await store.cursors(FOLLOWED_CURSORS),
        ...await store.cursors(PAUSE_CURSORS),
      ]),
      waits: (workflow) => this.#lanes.waits(workflow),
    });
    let count = 0;
    for await (const release of releases) {
      this.#lanes.add(release);
      count++;
    }
    return count;
  }

  /** Takes up scheduled runs whose engine has died. */
  async #recover(): Promise<void> {
    this.#nextRecoverMs = this.#options.clock.now() + RECOVER_MS;
    await this.#interrupted.each(
      ({ trigger }) => this.#isOurs(trigger),
      (run) => this.#takeUp(run),
    );
  }

  #isOurs(trigger: string): boolean {
    return RECOVERED_TRIGGERS.includes(trigger) || this.#triggers.starts(trigger);
  }

  async #takeUp(run: RunSummary): Promise<void> {
    const { engine, tell } = this.#options;
    const { runId, workflow } = run;
    // What has not counted as under way until now does from here on.
    if (this.#interrupted.isRefused(runId) && this.#lanes.waits(workflow)) return;
    this.#taking = runId;
    try {
      if (await this.#hasToWait(workflow)) return;
      const hasBegun = (await engine.read(runId)).plan !== undefined;
      const handle = hasBegun ? await engine.resume(runId) : await this.#beginAgain(run);
      if (handle === undefined) {
        // Nothing of it ever happened, and nobody here knows how to begin it.
        this.#interrupted.refuse(runId, "it never began");
        return;
      }
      tell({ type: "recovered", workflow, runId });
      this.#lanes.adopt(handle, workflow);
    } finally {
      this.#taking = undefined;
    }
  }

  /** Where runs do not overlap, one that nobody could take up before goes on behind what has begun since. */
  async #hasToWait(name: string): Promise<boolean> {
    const { policy, schedules = [] } = this.#workflows.get(name)?.triggers ?? {};
    const overlaps = [policy, ...schedules.map((schedule) => schedule.policy)];
    if (overlaps.every((it) => (it?.overlap ?? "allow") === "allow")) return false;
    const others = await this.#options.engine.underWay(name);
    return others.some(({ trigger }) => trigger !== "backfill");
  }

  /** Whether a run whose engine has died will be taken up, here or by another scheduler: until then it is under way. */
  async #goesOn({ runId, trigger, parentRunId }: RunSummary): Promise<boolean> {
    if (this.#interrupted.isRefused(runId) && this.#taking !== runId) return false;
    if (this.#isOurs(trigger)) return true;
    if (trigger !== "stage" || parentRunId === undefined) return false;
    const { engine } = this.#options;
    const parent = await (await engine.store()).find(parentRunId);
    if (parent === undefined || parent.settledAt !== undefined) return false;
    // Whoever goes on with its parent goes on with it.
    return await engine.isHeld(parentRunId) || await this.#goesOn(parent);
  }

  /** Its engine died between making the run and writing down its plan. */
  async #beginAgain({ runId, workflow: name, startedAt, trigger, parentRunId = "" }: RunSummary) {
    const workflow = this.#workflows.get(name);
    // A trigger tells again of what has no run, and only it knows what happened.
    if (workflow === undefined || !RECOVERED_TRIGGERS.includes(trigger)) return undefined;
    const { engine } = this.#options;
    const store = await engine.store();
    const parent = await store.find(parentRunId);
    const slotMs = slotOfRunId(runId);
    const calendar = await engine.calendar();
    const params = slotMs === undefined ? {} : paramsOfSlot(workflow, slotMs, { calendar });
    const release: DueRelease = {
      ...{ workflow, runId, trigger, params, slotMs: slotMs ?? startedAt },
      ...(parent && await following(parent, store)),
      overlap: "allow",
      cursors: new Map(),
      missed: () => new Map(),
    };
    return await begin(release, this.#options);
  }
}

/** What was missed is an alarm for whoever follows runs, too. */
function told(note: ScheduleNote, { tell, engine }: SchedulerOptions): void {
  tell(note);
  if (note.type !== "missed") return;
  const { type: _, ...missed } = note;
  const runId = releaseRunId(missed.workflow, missed.slotMs);
  engine.missed({ ...missed, runId, atMs: engine.now() });
}

/** What another engine left of these is taken up. */
const RECOVERED_TRIGGERS: readonly string[] = ["schedule", "release"];

/** Names a schedule: its workflow, and it among those of the workflow. */
function nameOf({ workflow, schedule }: ScheduleEntry): [workflow: string, key: string] {
  return [workflow.name, slotsKey(schedule)];
}

function releaseFor(entry: ScheduleEntry, slotMs: number): DueRelease {
  const { workflow, schedule } = entry;
  const [name, key] = nameOf(entry);
  return {
    workflow,
    runId: releaseRunId(name, slotMs),
    slotMs,
    trigger: "schedule",
    params: schedule.params,
    overlap: schedule.policy.overlap,
    cursors: new Map([[slotCursor(name, key), slotMs]]),
    missed: (facts) =>
      missedCursors(schedule, { firstMs: slotMs, lastMs: slotMs }, { workflow: name, ...facts }),
  };
}

function isSame(
  one: ReadonlyMap<string, ScheduledWorkflow>,
  other: ReadonlyMap<string, ScheduledWorkflow>,
): boolean {
  if (one.size !== other.size) return false;
  for (const [name, workflow] of one) if (other.get(name) !== workflow) return false;
  return true;
}
