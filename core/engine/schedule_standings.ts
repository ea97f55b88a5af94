/**
 * How schedules stand: what comes, what ran, and what was missed.
 *
 * @module
 */
import {
  type PluginTrigger,
  type ReleaseTrigger,
  type Schedule,
  slotsKey,
  triggerKey,
} from "../model/triggers.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import type { RunSummary } from "../plugin/journal.ts";
import { jitterOffset, ON_TIME_MS } from "../schedule/judge_schedule.ts";
import { type NeverStarts, neverStarts } from "../schedule/never_starts.ts";
import { SlotCounter, type SlotRange } from "../schedule/missed_slots.ts";
import {
  missedCursor,
  missedSinceCursor,
  pauseOf,
  SCHEDULE_CURSORS,
  slotCursor,
} from "../schedule/schedule_cursors.ts";
import { type Calendar, nextSlot, previousSlot, slotsBetween } from "../schedule/slots.ts";
import type { Engine } from "./engine.ts";
import { slotOfRunId } from "./run_id.ts";

/** Among so many of the newest runs of a workflow the last one by schedule is looked for. */
export const MAX_LOOKED_AT_RUNS = 100;

/** What of a workflow says how its schedules stand. */
export type StartedWorkflow = Pick<ScheduledWorkflow, "name" | "triggers">;

/** How one schedule stands. */
export interface Standing {
  /** The workflow. */
  readonly workflow: string;
  /** As it is written, short: `0 9 * * *`, `every 10s`, `release etl`; of a trigger its name. */
  readonly schedule: string;
  /** Its time zone. */
  readonly timezone: string;
  /** When it starts next, paused or not. */
  readonly nextMs: number | undefined;
  /** Its newest run that stands for a slot. */
  readonly last: RunSummary | undefined;
  /** Whether the workflow is paused. */
  readonly paused: boolean;
  /** Why it starts nothing, now and later, and has started nothing. */
  readonly never: NeverStarts | undefined;
  /** The slots that were missed one after another and that nothing has made good since. */
  readonly missed: MissedStanding | undefined;
}

/** Slots that were missed. */
export interface MissedStanding extends SlotRange {
  /** How many they are; `undefined` where nobody knows, or there are too many to count them. */
  readonly count: number | undefined;
}

/** A slot that will come. */
export interface ComingSlot {
  /** The workflow. */
  readonly workflow: string;
  /** Its schedule. */
  readonly schedule: Schedule;
  /** The slot. */
  readonly slotMs: number;
  /** When its run begins. */
  readonly atMs: number;
}

/** What standings follow from. */
export interface StandingFacts {
  /** Now, in epoch milliseconds. */
  readonly nowMs: number;
  /** Knows when schedules fire. */
  readonly calendar: Calendar;
  /** The store's cursors under `SCHEDULE_CURSORS`. */
  readonly cursors: ReadonlyMap<string, number>;
  /** The newest {@linkcode MAX_LOOKED_AT_RUNS} runs of the workflow, newest first. */
  readonly runs: readonly RunSummary[];
  /** Counts what was missed; one for many workflows keeps it short. @default one of their own */
  readonly counter?: SlotCounter;
}

interface Facts extends StandingFacts {
  readonly last: RunSummary | undefined;
  /** The newest slot that has a run. */
  readonly newestMs: number;
}

/** How the schedules of a workflow stand. */
export async function standingsOf(
  engine: Engine,
  workflow: StartedWorkflow,
  { counter }: Pick<StandingFacts, "counter"> = {},
): Promise<readonly Standing[]> {
  const store = await engine.store();
  return standingsFrom(workflow, {
    nowMs: engine.now(),
    calendar: await engine.calendar(),
    cursors: await store.cursors(SCHEDULE_CURSORS),
    runs: await store.list({ workflow: workflow.name, limit: MAX_LOOKED_AT_RUNS }),
    ...(counter && { counter }),
  });
}

/** How the schedules of a workflow stand, of what is known of them: for many at once. */
export function standingsFrom(
  workflow: StartedWorkflow,
  known: StandingFacts,
): readonly Standing[] {
  const released = known.runs.filter(({ runId }) => slotOfRunId(runId) !== undefined);
  const facts: Facts = {
    ...known,
    last: released[0],
    newestMs: Math.max(...released.map(({ runId }) => slotOfRunId(runId) ?? -Infinity)),
  };
  return [
    ...workflow.triggers.schedules.map((schedule) => standing(workflow, { ...facts, schedule })),
    ...workflow.triggers.releases.map((release) => standingOfRelease(workflow, release, facts)),
    ...workflow.triggers.others.map((trigger) => standingOfTrigger(workflow, trigger, facts)),
  ];
}

/** It comes when the other one has ended, and misses nothing. */
function standingOfRelease(
  { name }: StartedWorkflow,
  { workflow, when }: ReleaseTrigger,
  { cursors, runs }: Facts,
): Standing {
  const schedule = when === "success" ? `release ${workflow}` : `release ${workflow} (${when})`;
  return {
    ...{ workflow: name, schedule, timezone: "UTC", nextMs: undefined },
    ...{ missed: undefined, never: undefined },
    last: runs.find(({ trigger }) => trigger === "release"),
    paused: pauseOf(name, cursors).paused,
  };
}

/** Of what others tell nobody knows when it comes; what a scheduler has missed it has noted. */
function standingOfTrigger(
  { name }: StartedWorkflow,
  trigger: PluginTrigger,
  { cursors, runs }: Facts,
): Standing {
  const last = runs.find((run) => run.trigger === trigger.type);
  const noted = notedMissed(name, { key: triggerKey(trigger), cursors });
  const isMadeGood = last !== undefined && noted !== undefined && last.startedAt > noted.lastMs;
  return {
    ...{ workflow: name, schedule: trigger.type, timezone: "UTC", last },
    ...{ nextMs: undefined, never: undefined },
    paused: pauseOf(name, cursors).paused,
    missed: noted === undefined || isMadeGood
      ? undefined
      : { ...noted, count: noted.firstMs === noted.lastMs ? 1 : undefined },
  };
}

/** What a scheduler has noted; an older one noted the newest alone. */
function notedMissed(
  workflow: string,
  { key, cursors }: Pick<StandingFacts, "cursors"> & { readonly key: string },
): SlotRange | undefined {
  const lastMs = cursors.get(missedCursor(workflow, key));
  const firstMs = cursors.get(missedSinceCursor(workflow, key)) ?? lastMs;
  if (lastMs === undefined || firstMs === undefined) return undefined;
  return { firstMs: Math.min(firstMs, lastMs), lastMs };
}

/** The slots that come in a span of time, soonest first. */
export function comingSlots(
  workflows: readonly StartedWorkflow[],
  { calendar, nowMs, untilMs, limit }: {
    readonly calendar: Calendar;
    readonly nowMs: number;
    readonly untilMs: number;
    readonly limit: number;
  },
): readonly ComingSlot[] {
  const found: ComingSlot[] = [];
  for (const { name, triggers } of workflows) {
    for (const schedule of triggers.schedules) {
      const offsetMs = jitterOffset(schedule, { workflow: name, key: slotsKey(schedule) });
      const span = { afterMs: nowMs - offsetMs, untilMs: untilMs - offsetMs };
      for (const slotMs of slotsBetween(schedule, span, { calendar }).take(limit)) {
        found.push({ workflow: name, schedule, slotMs, atMs: slotMs + offsetMs });
      }
    }
  }
  return found.sort((one, other) => one.atMs - other.atMs).slice(0, limit);
}

function standing(
  workflow: StartedWorkflow,
  { schedule, ...facts }: Facts & { readonly schedule: Schedule },
): Standing {
  const { name } = workflow;
  const key = slotsKey(schedule);
  const offsetMs = jitterOffset(schedule, { workflow: name, key });
  const { nowMs, calendar, cursors, last } = facts;
  const nextMs = nextSlot(schedule, nowMs - offsetMs, { calendar });
  return {
    workflow: name,
    schedule: schedule.text,
    timezone: schedule.timezone,
    nextMs: nextMs === undefined ? undefined : nextMs + offsetMs,
    last,
    paused: pauseOf(name, cursors).paused,
    never: nextMs === undefined
      ? neverOf(workflow, { ...facts, schedule, key, offsetMs })
      : undefined,
    missed: counted(missedSlots(workflow, { ...facts, schedule, key, offsetMs }), {
      ...facts,
      schedule,
    }),
  };
}

/** A run for its last slot, of a backfill, makes it good as well. */
function neverOf(
  { name }: StartedWorkflow,
  { schedule, key, offsetMs, nowMs, newestMs, calendar, cursors }: ScheduleStanding,
): NeverStarts | undefined {
  const cursorMs = cursors.get(slotCursor(name, key));
  const why = neverStarts(schedule, { cursorMs, nowMs: nowMs - offsetMs, calendar });
  const lastMs = previousSlot(schedule, nowMs - offsetMs + 1, { calendar });
  return lastMs !== undefined && newestMs >= lastMs ? undefined : why;
}

/** What is known of one schedule. */
interface ScheduleStanding extends Facts {
  readonly schedule: Schedule;
  readonly key: string;
  readonly offsetMs: number;
}

function counted(
  missed: SlotRange | undefined,
  { schedule, calendar, counter = new SlotCounter() }: Facts & { readonly schedule: Schedule },
): MissedStanding | undefined {
  return missed && { ...missed, count: counter.count(schedule, missed, { calendar }) };
}

/**
 * Slots that passed without anybody there, or that a scheduler could not
 * start; a later slot that was run, or a backfill, makes them good.
 */
function missedSlots(
  { name }: StartedWorkflow,
  { nowMs, calendar, cursors, last, newestMs, schedule, key, offsetMs }: ScheduleStanding,
): SlotRange | undefined {
  const { paused, endedMs } = pauseOf(name, cursors);
  const cursorMs = cursors.get(slotCursor(name, key));
  if (cursorMs === undefined || paused) return undefined;
  const noted = notedMissed(name, { key, cursors });
  const before = noted !== undefined && noted.lastMs > newestMs ? noted : undefined;
  const firstMs = nextSlot(schedule, Math.max(cursorMs, endedMs, newestMs), { calendar });
  // Behind a run that has not ended a slot may wait.
  const waits = schedule.policy.overlap === "queue" && last !== undefined &&
    last.settledAt === undefined;
  const lateMs = nowMs - offsetMs - ON_TIME_MS;
  if (firstMs === undefined || firstMs >= lateMs || waits) return before;
  const lastMs = previousSlot(schedule, lateMs, { calendar }) ?? firstMs;
  const goesOn = before !== undefined &&
    nextSlot(schedule, before.lastMs, { calendar }) === firstMs;
  return { firstMs: goesOn ? before.firstMs : firstMs, lastMs };
}
