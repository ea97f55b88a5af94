/**
 * Slots that passed without a run: which, and how many.
 *
 * @module
 */
import { type Schedule, slotsKey } from "../model/triggers.ts";
import { missedCursor, missedSinceCursor } from "./schedule_cursors.ts";
import { type Calendar, nextSlot, slotsBetween } from "./slots.ts";

/** So many slots of cron texts are counted at once: each of them takes a calendar some time. */
export const MAX_COUNTED_SLOTS = 1_000;

/** Slots of one schedule that follow one another. */
export interface SlotRange {
  /** The first, in epoch milliseconds. */
  readonly firstMs: number;
  /** The last; the same as the first where there is one. */
  readonly lastMs: number;
}

/** Counts slots, of all schedules together no more than {@linkcode MAX_COUNTED_SLOTS}. */
export class SlotCounter {
  #left = MAX_COUNTED_SLOTS;

  /** How many slots a range has; `undefined` where there are too many to count them. */
  count(
    schedule: Schedule,
    { firstMs, lastMs }: SlotRange,
    { calendar }: { readonly calendar: Calendar },
  ): number | undefined {
    if (firstMs === lastMs) return 1;
    if (schedule.type === "every") return (lastMs - firstMs) / schedule.everyMs + 1;
    let count = 0;
    for (const _ of slotsBetween(schedule, { afterMs: firstMs, untilMs: lastMs }, { calendar })) {
      if (this.#left-- <= 0) return undefined;
      count++;
    }
    return count + 1;
  }
}

/**
 * The cursors that say which slots were missed. What follows on those that were
 * missed before, with none between them, belongs to them.
 */
export function missedCursors(
  schedule: Schedule,
  { firstMs, lastMs }: SlotRange,
  { workflow, known, calendar }: {
    readonly workflow: string;
    /** The cursors of the store under `MISSED_CURSORS`. */
    readonly known: ReadonlyMap<string, number>;
    readonly calendar: Calendar;
  },
): ReadonlyMap<string, number> {
  const key = slotsKey(schedule);
  const newest = missedCursor(workflow, key);
  const missed: [string, number][] = [[newest, lastMs]];
  const beforeMs = known.get(newest) ?? -Infinity;
  // Another scheduler may have seen it as well.
  const goesOn = beforeMs >= firstMs ||
    (beforeMs > -Infinity && nextSlot(schedule, beforeMs, { calendar }) === firstMs);
  if (!goesOn) missed.push([missedSinceCursor(workflow, key), firstMs]);
  return new Map(missed);
}
