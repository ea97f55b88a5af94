/**
 * Which slots a schedule has. A slot is a logical date: the moment that a run
 * stands for, whenever it really begins.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { CronSchedule, Schedule, Triggers } from "../model/triggers.ts";

/** Knows when cron texts fire; a plugin answers. */
export interface Calendar {
  /** The first slot after a moment, in epoch milliseconds; `undefined` when there is none any more. */
  next(schedule: CronSchedule, afterMs: number): number | undefined;
  /** The last slot before a moment; `undefined` when there was none. */
  previous(schedule: CronSchedule, beforeMs: number): number | undefined;
}

/** The first slot of a schedule after a moment. */
export function nextSlot(
  schedule: Schedule,
  afterMs: number,
  { calendar }: { readonly calendar: Calendar },
): number | undefined {
  switch (schedule.type) {
    case "cron": {
      const slot = calendar.next(schedule, afterMs);
      if (slot === undefined || slot > afterMs) return slot;
      throw new Error(`Internal error: "${schedule.cron}" goes from ${afterMs} back to ${slot}`);
    }
    case "every":
      return (Math.floor(afterMs / schedule.everyMs) + 1) * schedule.everyMs;
    case "at":
      return schedule.atMs > afterMs ? schedule.atMs : undefined;
    default:
      return schedule satisfies never;
  }
}

/** The last slot of a schedule before a moment. */
export function previousSlot(
  schedule: Schedule,
  beforeMs: number,
  { calendar }: { readonly calendar: Calendar },
): number | undefined {
  switch (schedule.type) {
    case "cron": {
      const slot = calendar.previous(schedule, beforeMs);
      if (slot === undefined || slot < beforeMs) return slot;
      throw new Error(`Internal error: "${schedule.cron}" goes from ${beforeMs} on to ${slot}`);
    }
    case "every":
      return (Math.ceil(beforeMs / schedule.everyMs) - 1) * schedule.everyMs;
    case "at":
      return schedule.atMs < beforeMs ? schedule.atMs : undefined;
    default:
      return schedule satisfies never;
  }
}

/** Whether a schedule has a slot at a moment. */
export function hasSlot(
  schedule: Schedule,
  atMs: number,
  { calendar }: { readonly calendar: Calendar },
): boolean {
  return nextSlot(schedule, atMs - 1, { calendar }) === atMs;
}

/** The parameters of the run for a slot: those of the first schedule that has it. */
export function paramsOfSlot(
  { triggers: { schedules } }: { readonly triggers: Pick<Triggers, "schedules"> },
  slotMs: number,
  { calendar }: { readonly calendar: Calendar },
): ValueObject {
  return schedules.find((schedule) => hasSlot(schedule, slotMs, { calendar }))?.params ?? {};
}

/** The slots of a schedule behind `afterMs` and up to `untilMs`, in order. */
export function* slotsBetween(
  schedule: Schedule,
  { afterMs, untilMs }: { readonly afterMs: number; readonly untilMs: number },
  { calendar }: { readonly calendar: Calendar },
): Generator<number> {
  for (
    let slot = nextSlot(schedule, afterMs, { calendar });
    slot !== undefined && slot <= untilMs;
    slot = nextSlot(schedule, slot, { calendar })
  ) yield slot;
}
